import { chmodSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import t from 'tap';
import { apple, parseMacmonLine } from '../../../src/hardware/apple/apple.js';
import type { GpuSample } from '../../../src/hardware/gpu-sample.js';
import { eventually } from '../../fixtures/eventually.js';
import { testMachine } from '../../fixtures/hardware-machine.js';

// Written by hand after the example in macmon's readme; the figures are made up.
const line = JSON.stringify({
  timestamp: '2026-02-24T20:38:15.427569+00:00',
  temp: { cpu_temp_avg: 51.5, gpu_temp_avg: 48.25 },
  memory: { ram_total: 68_719_476_736, ram_usage: 42_949_672_960, swap_total: 0, swap_usage: 0 },
  gpu_freq_mhz: 1578,
  gpu_scaled_ratio: 0.91,
  gpu_active_ratio: 0.97,
  cpu_power: 3.5,
  gpu_power: 38.75,
  all_power: 42.25,
  sys_power: 61.5,
});

t.test('a line becomes a sample of unified memory', async (t) => {
  t.match(parseMacmonLine(line, 77), {
    atMs: 77,
    vendor: 'apple',
    index: 0,
    memoryKind: 'unified',
    memoryUsedBytes: 42_949_672_960,
    memoryTotalBytes: 68_719_476_736,
    tempC: 48.25,
    powerW: 38.75,
    utilRatio: 0.97,
    smClockMhz: 1578,
  });
});

t.test('the pair of older versions is understood', async (t) => {
  const sample = parseMacmonLine('{"gpu_usage":[461,0.25],"gpu_power":0.5}', 0);
  t.match(sample, { smClockMhz: 461, utilRatio: 0.25, powerW: 0.5 });
  t.equal(sample?.memoryUsedBytes, undefined);
});

t.test('a sensor that reads 0 is asleep, not at 0 °C', async (t) => {
  t.equal(parseMacmonLine('{"gpu_power":0,"temp":{"gpu_temp_avg":0}}', 0)?.tempC, undefined);
});

t.test('a field of another kind is unknown, a line of another kind is no reading', async (t) => {
  t.equal(parseMacmonLine('{"gpu_power":1,"temp":"hot"}', 0)?.tempC, undefined);
  for (const wrong of ['', 'Error: no such sensor', '[]', '{"gpu_power":"1"}', '{"cpu_power":1}']) {
    t.equal(parseMacmonLine(wrong, 0), undefined, wrong);
  }
});

t.test('macmon is run once and its lines are sampled', async (t) => {
  const folder = t.testdir({ 'line.json': `${line}\n` });
  writeFileSync(
    join(folder, 'macmon'),
    `#!/bin/sh\nif [ "$*" != "pipe -i 200" ]; then exit 2; fi\necho starting; while cat "${folder}/line.json"; do sleep 0.02; done\n`,
  );
  chmodSync(join(folder, 'macmon'), 0o755);
  const env = { PATH: [folder, dirname(process.execPath), process.env['PATH']].join(delimiter) };
  const machine = testMachine(t.testdirName, { platform: 'darwin', env });
  const search = await apple.find(machine, false);
  if (search.state !== 'found') throw new Error('expected a source');
  const samples: GpuSample[] = [];
  const readings = search.source.start(200, {
    onSamples: (arrived) => samples.push(...arrived),
    onTrouble: ({ words }) => t.fail(words),
  });
  t.teardown(() => readings.stop());
  await eventually(() => {
    readings.flush();
    return samples.length >= 2;
  });
  t.match(samples[0], { vendor: 'apple', powerW: 38.75 });
  t.equal(await search.source.processes(), undefined);
});

t.test('a Mac without macmon is told what would help', async (t) => {
  const machine = testMachine(t.testdir({}), { platform: 'darwin', env: {} });
  t.match(await apple.find(machine, false), { state: 'unreadable', hint: /brew install macmon/ });
});

t.test('elsewhere there is no Apple GPU', async (t) => {
  t.same(await apple.find(testMachine(t.testdir({})), true), { state: 'absent' });
});
