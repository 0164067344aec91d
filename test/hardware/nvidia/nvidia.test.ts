import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t, { type Test } from 'tap';
import type { GpuSample } from '../../../src/hardware/gpu-sample.js';
import type { GpuSource, GpuTrouble } from '../../../src/hardware/gpu-source.js';
import { nvidia } from '../../../src/hardware/nvidia/nvidia.js';
import { eventually } from '../../fixtures/eventually.js';
import { fakeSmiEnv, listenForSmi } from '../../fixtures/fake-nvidia-smi.js';
import { type TestMachine, testMachine } from '../../fixtures/hardware-machine.js';

const MIB = 2 ** 20;
const INTERVAL_MS = 20;

async function found(machine: TestMachine): Promise<GpuSource> {
  const search = await nvidia.find(machine, false);
  if (search.state !== 'found') throw new Error(`expected a source, got ${JSON.stringify(search)}`);
  return search.source;
}

interface Sampling {
  readonly samples: GpuSample[];
  readonly troubles: GpuTrouble[];
  /** Resolves once `enough` holds. */
  until(enough: () => boolean): Promise<void>;
  readonly stop: () => void;
}

function sample(t: Test, source: GpuSource): Sampling {
  const samples: GpuSample[] = [];
  const troubles: GpuTrouble[] = [];
  const readings = source.start(INTERVAL_MS, {
    onSamples: (arrived) => samples.push(...arrived),
    onTrouble: (trouble) => troubles.push(trouble),
  });
  t.teardown(() => readings.stop());
  const until = (enough: () => boolean) =>
    eventually(() => {
      readings.flush();
      return enough();
    });
  return { samples, troubles, until, stop: () => readings.stop() };
}

function scenarioMachine(t: Test, scenario: string, env: NodeJS.ProcessEnv = {}): TestMachine {
  return testMachine(t.testdir({}), { env: fakeSmiEnv(scenario, env) });
}

t.test('every GPU is read at each turn, by one process', async (t) => {
  const reports = await listenForSmi();
  t.teardown(() => reports.close());
  const machine = scenarioMachine(t, 'two-gpus', { FAKE_SMI_REPORT: reports.path });
  const source = await found(machine);
  t.match(await reports.next(), { args: '--help-query-gpu' });
  t.match(await reports.next(), { args: /^--query-gpu=\S+ --format=csv,noheader,nounits$/ });

  const sampling = sample(t, source);
  await sampling.until(() => sampling.samples.length >= 20);
  t.match(await reports.next(), { args: /^--query-gpu=\S+ --format=csv,noheader,nounits -lms 20$/ });
  t.match(sampling.samples[0], { index: 0, powerW: 301.5, memoryUsedBytes: 8192 * MIB, tempC: 64, utilRatio: 0.95 });
  t.match(sampling.samples[1], { index: 1, powerW: 248.5, memoryUsedBytes: 6144 * MIB, tempC: 71, utilRatio: 0.85 });
  t.same(sampling.troubles, []);
});

t.test('samples are stamped with the clock that was given', async (t) => {
  const machine = scenarioMachine(t, 'two-gpus');
  machine.clock.advance(5000);
  const sampling = sample(t, await found(machine));
  await sampling.until(() => sampling.samples.length > 0);
  t.equal(sampling.samples[0]?.atMs, 5000);
});

t.test('readings that arrive in pieces are read whole', async (t) => {
  const sampling = sample(t, await found(scenarioMachine(t, 'pieces')));
  await sampling.until(() => sampling.samples.length >= 5);
  t.ok(sampling.samples.every(({ powerW, uuid }) => powerW === 301.5 && uuid?.length === 40));
});

t.test('rubbish between readings is passed over', async (t) => {
  const sampling = sample(t, await found(scenarioMachine(t, 'garbage')));
  await sampling.until(() => sampling.samples.length >= 8);
  t.ok(sampling.samples.every(({ index, powerW }) => index === 0 && powerW === 301.5));
});

t.test('readings that come late, several at once, are spread over the time they were made in', async (t) => {
  const machine = scenarioMachine(t, 'burst');
  const source = await found(machine);
  const sampling = sample(t, source);
  // The clock that was given stands still while the tool's own goes on: without room before it nothing can be spread.
  machine.clock.advance(60_000);
  await sampling.until(() => sampling.samples.length >= 4);
  const stamps = sampling.samples.slice(0, 4).map(({ atMs }) => atMs);
  t.equal(stamps[3], 60_000);
  t.same(
    [...stamps].sort((a, b) => a - b),
    stamps,
  );
  t.ok((stamps[0] ?? 0) <= 60_000 - 2 * INTERVAL_MS, `${stamps}`);
});

t.test('a tool that falls silent is killed and started again', async (t) => {
  const reports = await listenForSmi();
  t.teardown(() => reports.close());
  const machine = scenarioMachine(t, 'hang', { FAKE_SMI_REPORT: reports.path });
  const source = await found(machine);
  await reports.next();
  await reports.next();
  const sampling = sample(t, source);
  const first = await reports.next();
  await sampling.until(() => sampling.samples.length === 2);
  machine.clock.advance(10_000);
  await first.gone;
  t.match(sampling.troubles, [{ words: 'nvidia-smi does not answer: the driver may be hanging', retryInMs: 1000 }]);
  machine.clock.advance(1000);
  await sampling.until(() => sampling.samples.length === 4);
  t.not((await reports.next()).pid, first.pid);
});

t.test('a tool that ends is started again', async (t) => {
  const machine = scenarioMachine(t, 'sudden-exit');
  const sampling = sample(t, await found(machine));
  await sampling.until(() => sampling.samples.length === 2);
  await eventually(() => sampling.troubles.length > 0);
  t.match(sampling.troubles, [{ words: /nvidia-smi ended with code 15/, retryInMs: 1000 }]);
  machine.clock.advance(1000);
  await sampling.until(() => sampling.samples.length === 4);
});

t.test('stopping ends the process', async (t) => {
  const reports = await listenForSmi();
  t.teardown(() => reports.close());
  const source = await found(scenarioMachine(t, 'two-gpus', { FAKE_SMI_REPORT: reports.path }));
  await reports.next();
  await reports.next();
  const sampling = sample(t, source);
  const process = await reports.next();
  await sampling.until(() => sampling.samples.length > 0);
  sampling.stop();
  await t.resolves(process.gone);
});

t.test('the tool ends when the agent is killed without a chance to say so', async (t) => {
  const reports = await listenForSmi();
  t.teardown(() => reports.close());
  const agent = spawn(
    process.execPath,
    [...process.execArgv, resolve('test/fixtures/sampling-agent-process.ts'), t.testdir({})],
    { env: { ...process.env, ...fakeSmiEnv('two-gpus', { FAKE_SMI_REPORT: reports.path }) }, stdio: 'ignore' },
  );
  t.teardown(() => agent.kill('SIGKILL'));
  await reports.next();
  await reports.next();
  const tool = await reports.next();
  agent.kill('SIGKILL');
  await t.resolves(tool.gone);
});

t.test('a laptop without power readings has unknown power and keeps the rest', async (t) => {
  const sampling = sample(t, await found(scenarioMachine(t, 'laptop')));
  await sampling.until(() => sampling.samples.length > 0);
  const [laptop] = sampling.samples;
  t.match(laptop, { memoryUsedBytes: 3900 * MIB, smClockMhz: 1860, pcieWidthMax: 16 });
  for (const field of ['powerW', 'powerLimitW', 'tempC', 'memoryTempC', 'pcieWidth', 'eccUncorrected'] as const) {
    t.equal(laptop?.[field], undefined, field);
  }
});

t.test('a GPU split by MIG has unknown utilisation and keeps the rest', async (t) => {
  const sampling = sample(t, await found(scenarioMachine(t, 'mig')));
  await sampling.until(() => sampling.samples.length > 0);
  t.match(sampling.samples[0], { memoryUsedBytes: 10240 * MIB, memoryTempC: 58, eccUncorrected: 0 });
  t.equal(sampling.samples[0]?.utilRatio, undefined);
});

t.test("a GPU that shares the system's memory has the system's figures, read anew at each reading", async (t) => {
  const meminfo = (availableKib: number) => `MemTotal:       125337600 kB\nMemAvailable:   ${availableKib} kB\n`;
  const root = t.testdir({ proc: { meminfo: meminfo(100_000_000) } });
  const machine = testMachine(root, { env: fakeSmiEnv('gb10') });
  const sampling = sample(t, await found(machine));
  await sampling.until(() => sampling.samples.length > 0);
  t.match(sampling.samples[0], {
    name: 'NVIDIA GB10',
    memoryKind: 'unified',
    memoryTotalBytes: 125_337_600 * 1024,
    memoryUsedBytes: 25_337_600 * 1024,
    powerW: 41.75,
    powerLimitW: undefined,
  });
  writeFileSync(join(root, 'proc/meminfo'), meminfo(60_000_000));
  await sampling.until(() => sampling.samples.at(-1)?.memoryUsedBytes === 65_337_600 * 1024);
});

t.test('where the system does not tell its memory that of such a GPU is unknown', async (t) => {
  const sampling = sample(t, await found(scenarioMachine(t, 'gb10')));
  await sampling.until(() => sampling.samples.length > 0);
  t.match(sampling.samples[0], { memoryKind: 'unified', memoryTotalBytes: undefined, memoryUsedBytes: undefined });
});

t.test('an old driver tells reasons under its old names', async (t) => {
  const sampling = sample(t, await found(scenarioMachine(t, 'old-driver')));
  await sampling.until(() => sampling.samples.length > 0);
  t.match(sampling.samples[0], {
    powerW: 180.25,
    throttle: { sw_power_cap: true, hw_thermal_slowdown: false },
    throttledMs: {},
    pcieGen: 3,
  });
});

t.test('throttling shows in the readings it was recorded in', async (t) => {
  const sampling = sample(t, await found(scenarioMachine(t, 'throttling')));
  const hot = () => sampling.samples.filter(({ index }) => index === 1);
  await sampling.until(() => hot().length >= 25);
  const active = hot().map(({ throttle }) => throttle.hw_thermal_slowdown);
  t.same(active.slice(0, 25), [...Array(10).fill(false), ...Array(10).fill(true), ...Array(5).fill(false)]);
  t.ok(sampling.samples.every(({ index, throttle }) => index === 1 || throttle.hw_thermal_slowdown === false));
});

t.test("the card's own link limits count, not those of the slot it sits in", async (t) => {
  const root = t.testdir({
    sys: {
      bus: {
        pci: {
          devices: { '0000:01:00.0': { max_link_width: '32\n', max_link_speed: '32.0 GT/s PCIe\n' } },
        },
      },
    },
  });
  const machine = testMachine(root, { env: fakeSmiEnv('two-gpus') });
  const sampling = sample(t, await found(machine));
  await sampling.until(() => sampling.samples.length >= 2);
  t.match(sampling.samples[0], { pcieGen: 4, pcieGenMax: 5, pcieWidth: 16, pcieWidthMax: 32 });
  t.match(sampling.samples[1], { pcieGen: 4, pcieGenMax: 4, pcieWidth: 16, pcieWidthMax: 16 });
});

t.test('processes on the GPUs are told with name and memory, unknown where the tool does not know', async (t) => {
  const source = await found(scenarioMachine(t, 'two-gpus'));
  t.same(await source.processes(), [
    { pid: 4711, name: '/usr/bin/llama-server', memoryBytes: 7900 * MIB },
    { pid: 4712, name: 'python3, worker', memoryBytes: 512 * MIB },
    { pid: 4713, name: undefined, memoryBytes: undefined },
  ]);
});

t.test('an empty list of processes means nobody on the host and nothing in a container', async (t) => {
  const env = fakeSmiEnv('pieces');
  const host = testMachine(t.testdir({ proc: { 2: { comm: 'kthreadd\n' } } }), { env });
  t.same(await (await found(host)).processes(), []);
  const container = testMachine(t.testdir({}), { env });
  t.equal(await (await found(container)).processes(), undefined);
});

t.test('no tool and no driver is an absent GPU; no tool beside a driver is explained', async (t) => {
  t.same(await nvidia.find(testMachine(t.testdir({})), false), { state: 'absent' });
  const root = t.testdir({ proc: { driver: { nvidia: { version: 'NVRM version: NVIDIA UNIX x86_64\n' } } } });
  t.match(await nvidia.find(testMachine(root), false), {
    state: 'unreadable',
    hint: /nvidia-smi is not on PATH; in a container pass --gpus all/,
  });
});

t.test('a tool that fails is quoted with its own words, and one without GPUs is told', async (t) => {
  t.match(await nvidia.find(scenarioMachine(t, 'no-driver'), false), {
    state: 'unreadable',
    hint: /nvidia-smi answers: NVIDIA-SMI has failed because it couldn't communicate/,
  });
  t.match(await nvidia.find(scenarioMachine(t, 'no-devices'), false), {
    state: 'unreadable',
    hint: 'nvidia-smi answers: No devices were found',
  });
});
