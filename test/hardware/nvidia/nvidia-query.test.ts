import t from 'tap';
import {
  chooseColumns,
  parseFieldList,
  probeNvidia,
  queryArguments,
} from '../../../src/hardware/nvidia/nvidia-query.js';
import { fakeNvidiaSmiFolder, fakeSmiEnv } from '../../fixtures/fake-nvidia-smi.js';
import { ManualClock } from '../../fixtures/manual-clock.js';

const program = `${fakeNvidiaSmiFolder}/nvidia-smi`;

t.test('the list of fields is read with every alias and without the words around it', async (t) => {
  const help = [
    'List of valid properties to query for the switch "--query-gpu":',
    '',
    '"name" or "gpu_name"',
    'The official product name of the GPU. "On" indicates nothing.',
    '',
    'Section about clocks_event_reasons properties',
    '"clocks_event_reasons.hw_slowdown" or "clocks_throttle_reasons.hw_slowdown"',
    'HW Slowdown is engaged. This is an indicator of:',
    ' HW Thermal Slowdown: temperature being too high',
    '"Yes" indicates an attached display. "No" indicates otherwise.',
    '"pcie.link.gen.max"\r',
  ].join('\n');
  t.same(
    [...parseFieldList(help)],
    [
      'name',
      'gpu_name',
      'clocks_event_reasons.hw_slowdown',
      'clocks_throttle_reasons.hw_slowdown',
      'pcie.link.gen.max',
    ],
  );
});

t.test('the newest known name of a quantity is asked for', async (t) => {
  const fields = chooseColumns(() => true).map(({ field }) => field);
  for (const field of ['power.draw.instant', 'power.draw', 'enforced.power.limit', 'pcie.link.gen.gpumax']) {
    t.ok(fields.includes(field), field);
  }
  t.notOk(fields.some((field) => field.startsWith('clocks_throttle_reasons')));
  t.equal(fields.at(-1), 'name', 'the name, which alone may hold a comma, stands last');
});

t.test('a driver before 535 is asked with its own names, and for nothing it does not know', async (t) => {
  const probe = await probeNvidia(program, { env: fakeSmiEnv('old-driver'), clock: new ManualClock() });
  if (probe.state !== 'ready') return t.fail(`expected it to be ready, got ${probe.state}`);
  const fields = probe.columns.map(({ field }) => field);
  t.ok(fields.includes('clocks_throttle_reasons.sw_thermal_slowdown'));
  t.ok(fields.includes('pcie.link.gen.current'));
  t.notOk(fields.some((field) => /event_reasons|instant|gpumax|energy/.test(field)));
  t.equal(probe.lines.length, 1);
});

t.test('where the tool lists no fields, refused ones are replaced or dropped until the query passes', async (t) => {
  const listed = await probeNvidia(program, { env: fakeSmiEnv('old-driver'), clock: new ManualClock() });
  const unlisted = await probeNvidia(program, { env: fakeSmiEnv('no-help'), clock: new ManualClock() });
  if (listed.state !== 'ready' || unlisted.state !== 'ready') return t.fail('expected both to be ready');
  t.same(unlisted.columns, listed.columns);
});

t.test('a tool that cannot reach its driver is quoted', async (t) => {
  t.match(await probeNvidia(program, { env: fakeSmiEnv('no-driver'), clock: new ManualClock() }), {
    state: 'failed',
    words: /^NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver\./,
  });
});

t.test('a tool that cannot be run at all is told in words', async (t) => {
  t.match(await probeNvidia('/nowhere/nvidia-smi', { env: {}, clock: new ManualClock() }), {
    state: 'failed',
    words: /./,
  });
});

t.test('a query names its columns in order and wants neither header nor units', async (t) => {
  const columns = chooseColumns((field) => field === 'index' || field === 'uuid');
  t.same(queryArguments(columns), ['--query-gpu=index,uuid', '--format=csv,noheader,nounits']);
});
