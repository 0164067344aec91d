/** NVIDIA's tool in all its states, from the process to what a reader is told, without a restart of the agent. */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { GpuTrouble } from '../../src/hardware/gpu-source.js';
import { lostCards } from '../../src/hardware/lost-cards.js';
import { findGpuSource } from '../../src/hardware/registry.js';
import { Sampler } from '../../src/hardware/sampler.js';
import { gpuStatsOf } from '../../src/hardware/window.js';
import { eventually } from '../fixtures/eventually.js';
import { fakeSmiEnv } from '../fixtures/fake-nvidia-smi.js';
import { testMachine } from '../fixtures/hardware-machine.js';
import type { ManualClock } from '../fixtures/manual-clock.js';
import { NONE } from '../fixtures/none.js';

const A = 'GPU-11111111-2222-3333-4444-000000000000';
const B = 'GPU-11111111-2222-3333-4444-000000000001';
const C = 'GPU-11111111-2222-3333-4444-000000000002';
// Of the tool itself; what waits for the tool goes by the clock that the test moves.
const INTERVAL_MS = 20;
const LOOK_AGAIN_MS = 45_000;
const SILENCE_MS = 10_000;

type State =
  | 'two-gpus'
  | 'no-driver'
  | 'driver-mismatch'
  | 'second-lost'
  | 'first-lost'
  | 'second-needs-reset'
  | 'stuck'
  | 'no-devices'
  | 'renumbered'
  | 'second-replaced';

class Walk {
  readonly clock: ManualClock;
  readonly notes: string[];
  readonly sampler: Sampler;
  /** Each end of the tool since it was found. */
  readonly troubles: GpuTrouble[] = [];
  looks = 0;
  readonly #switchFile: string;

  constructor(t: Test, state: State) {
    const folder = t.testdir({});
    this.#switchFile = join(folder, 'state');
    this.enter(state);
    const machine = testMachine(folder, { env: fakeSmiEnv('two-gpus', { FAKE_SMI_SWITCH: this.#switchFile }) });
    this.clock = machine.clock;
    this.notes = machine.notes;
    this.sampler = new Sampler({
      findGpuSource: async () => {
        this.looks += 1;
        return this.#listenIn(await findGpuSource('nvidia', machine));
      },
      hostSource: undefined,
      intervalMs: INTERVAL_MS,
      idleIntervalMs: INTERVAL_MS,
      clock: machine.clock,
      now: () => new Date(machine.clock.nowMs()),
      note: machine.note,
    });
    t.teardown(() => this.sampler.close());
    this.sampler.scraped();
  }

  #listenIn(search: Awaited<ReturnType<typeof findGpuSource>>): typeof search {
    if (search.state !== 'found') return search;
    const { source } = search;
    const start: typeof source.start = (intervalMs, listener) =>
      source.start(intervalMs, {
        ...listener,
        onTrouble: (trouble) => {
          this.troubles.push(trouble);
          listener.onTrouble(trouble);
        },
      });
    return { ...search, source: { vendor: source.vendor, start, processes: () => source.processes() } };
  }

  /** The tool sees it as a whole, from its next reading or start on. */
  enter(state: State): void {
    writeFileSync(`${this.#switchFile}.new`, state);
    renameSync(`${this.#switchFile}.new`, this.#switchFile);
  }

  get shown(): readonly (string | undefined)[] {
    return this.sampler.latest().gpus.map(({ uuid }) => uuid);
  }

  /** Resolves when exactly these cards are shown, each read after now. */
  async shows(...uuids: readonly string[]): Promise<void> {
    this.clock.advance(1);
    const fromMs = this.clock.nowMs();
    await eventually(() => {
      const { gpus } = this.sampler.latest();
      return gpus.every(({ atMs }) => atMs >= fromMs) && `${gpus.map(({ uuid }) => uuid)}` === `${uuids}`;
    });
  }

  /** Resolves when the tool has ended once more. */
  async ends(): Promise<GpuTrouble> {
    const before = this.troubles.length;
    await eventually(() => this.troubles.length > before);
    const trouble = this.troubles.at(-1);
    if (trouble === undefined) throw new Error('expected a trouble');
    return trouble;
  }

  /** The tool is started again, when that is due. */
  retry(): void {
    this.clock.advance(this.troubles.at(-1)?.retryInMs ?? 0);
  }

  /** The readings go on for longer than the time after which the past counts as past. */
  async calm(...uuids: readonly string[]): Promise<void> {
    for (let step = 0; step < 6; step++) {
      this.clock.advance(SILENCE_MS / 2);
      await this.shows(...uuids);
    }
  }

  /** Power of all GPUs together, from a window that ends now. */
  async sum(): Promise<number | null | undefined> {
    const endMs = this.clock.nowMs();
    const samples = await this.sampler.cut({ startMs: Math.max(0, endMs - 1), endMs });
    const lost = lostCards({ ...samples, everyGpu: samples.gpus });
    return gpuStatsOf(samples, 1, lost.length === 0)?.peak_power_w;
  }

  /** How often each note was told that a pattern fits. */
  told(pattern: RegExp): number {
    return this.notes.filter((note) => pattern.test(note)).length;
  }
}

async function readsBoth(t: Test): Promise<Walk> {
  const walk = new Walk(t, 'two-gpus');
  await walk.shows(A, B);
  t.match(walk.sampler.gpuHealth(), { collectors: [{ isUp: true }], expected: 2, seen: 2, problems: NONE });
  t.equal(await walk.sum(), 550);
  return walk;
}

const wholeFailures = [
  ['no-driver', /couldn't communicate with the NVIDIA driver/],
  ['driver-mismatch', /Driver\/library version mismatch/],
  ['no-devices', /No devices were found/],
] as const;
for (const [state, words] of wholeFailures) {
  t.test(`${state}: no card is shown, the tool is quoted once, and all is back with the driver`, async (t) => {
    const walk = await readsBoth(t);
    walk.enter(state);
    const waits: number[] = [(await walk.ends()).retryInMs];
    while (waits.length < 4) {
      walk.retry();
      waits.push((await walk.ends()).retryInMs);
    }
    t.same(waits, [1000, 2000, 4000, 8000], 'started ever more slowly');
    t.same(walk.shown, []);
    t.match(walk.sampler.gpuHealth(), {
      collectors: [{ vendor: 'nvidia', isUp: false, failures: 4, problem: words }],
      expected: 2,
      seen: 0,
      problems: [words],
    });
    t.equal(walk.told(words), 1);
    walk.enter('two-gpus');
    walk.retry();
    await walk.shows(A, B);
    t.match(walk.sampler.gpuHealth(), { collectors: [{ isUp: true }], expected: 2, seen: 2, problems: NONE });
    t.equal(await walk.sum(), 550);
    t.equal(walk.told(/are read again/), 1);
  });
}

const losses = [
  ['second-lost', [A], /GPU1: 0000:02:00.0: GPU is lost/],
  ['first-lost', [B], /GPU0: 0000:01:00.0: Unknown Error/],
] as const;
for (const [state, left, words] of losses) {
  t.test(`${state}: the other card stays, sums are unknown, and the tool is quoted once`, async (t) => {
    const walk = await readsBoth(t);
    walk.enter(state);
    const waits: number[] = [(await walk.ends()).retryInMs];
    while (waits.length < 8) {
      walk.retry();
      waits.push((await walk.ends()).retryInMs);
      t.ok(walk.shown.includes(left[0]), `start ${waits.length}`);
    }
    t.same(waits, [1000, 2000, 4000, 8000, 10_000, 10_000, 10_000, 10_000], 'not started every second');
    t.same(walk.shown, left);
    t.match(walk.sampler.gpuHealth(), { collectors: [{ isUp: true, problem: words }], expected: 2, seen: 1 });
    t.equal(await walk.sum(), null);
    t.equal(walk.told(words), 1);
    t.equal(walk.told(/no longer answers/), 1);
    walk.enter('two-gpus');
    walk.retry();
    await walk.shows(A, B);
    t.match(walk.sampler.gpuHealth(), { expected: 2, seen: 2 });
    t.equal(await walk.sum(), 550);
    await walk.calm(A, B);
    t.same(walk.sampler.gpuHealth().problems, []);
    t.equal(walk.told(/all GPUs answer again/), 1);
  });
}

t.test('a card that must be reset is shown without figures and missing from every sum', async (t) => {
  const walk = await readsBoth(t);
  walk.enter('second-needs-reset');
  await eventually(() => walk.sampler.gpuHealth().seen === 1);
  await walk.shows(A, B);
  t.match(walk.sampler.gpuHealth(), { collectors: [{ isUp: true }], expected: 2, seen: 1 });
  t.equal(walk.told(/GPU requires reset/), 1);
  t.same(walk.troubles, [], 'the tool goes on');
  t.equal(walk.sampler.latest().gpus.at(1)?.memoryUsedBytes, undefined);
  walk.clock.advance(SILENCE_MS / 2);
  await walk.shows(A, B);
  t.equal(await walk.sum(), null);
  walk.enter('two-gpus');
  await eventually(() => walk.sampler.gpuHealth().seen === 2);
  t.same(walk.sampler.gpuHealth().problems, []);
});

t.test('a tool that hangs is told, and its figures do not stay', async (t) => {
  const walk = await readsBoth(t);
  walk.enter('stuck');
  // Whatever it printed before counts for the time of its arrival.
  await eventually(() => {
    walk.clock.advance(1000);
    return walk.troubles.length > 0;
  });
  t.match(walk.troubles, [{ words: /nvidia-smi does not answer/, retryInMs: 1000 }]);
  t.same(walk.shown, [], 'figures that were too old do not come back for the time of the new start');
  t.match(walk.sampler.gpuHealth(), { collectors: [{ isUp: false }], expected: 2, seen: 0 });
  await eventually(() => {
    walk.clock.advance(1000);
    return walk.troubles.length > 1;
  });
  t.same(walk.shown, []);
  t.match(walk.sampler.gpuHealth(), { collectors: [{ isUp: false }], expected: 2, seen: 0 });
  t.equal(walk.told(/does not answer/), 1);
  walk.enter('two-gpus');
  walk.retry();
  await walk.shows(A, B);
  t.match(walk.sampler.gpuHealth(), { collectors: [{ isUp: true }], seen: 2, problems: NONE });
});

t.test('a card stays itself where the driver numbers anew', async (t) => {
  const walk = await readsBoth(t);
  walk.enter('renumbered');
  // What it printed before has arrived by then.
  await eventually(() => walk.sampler.latest().gpus.some(({ uuid, index }) => uuid === B && index === 0));
  walk.clock.advance(SILENCE_MS / 2);
  await walk.shows(B);
  t.match(walk.sampler.gpuHealth(), {
    expected: 2,
    seen: 1,
    problems: [/GPU 0 \(NVIDIA GeForce RTX 3090, GPU-\S+0\)/],
  });
  t.equal(walk.sampler.latest().gpus[0]?.index, 0);
  t.equal(await walk.sum(), null);
  walk.enter('two-gpus');
  await walk.shows(A, B);
  t.match(walk.sampler.gpuHealth(), { expected: 2, seen: 2, problems: NONE });
  t.equal(await walk.sum(), 550);
});

t.test('a card that was replaced while the driver was away is not missed for ever', async (t) => {
  const walk = await readsBoth(t);
  await walk.calm(A, B);
  walk.enter('no-driver');
  await walk.ends();
  walk.retry();
  await walk.ends();
  walk.enter('second-replaced');
  walk.retry();
  await walk.shows(A, C);
  await walk.calm(A, C);
  t.match(walk.sampler.gpuHealth(), { expected: 2, seen: 2, problems: NONE });
  t.equal(await walk.sum(), 550);
  t.equal(walk.told(/GPU 1 .*0002\) has come in the place of GPU 1 .*0001\)$/), 1);
});

for (const state of ['no-driver', 'no-devices', 'first-lost', 'stuck'] as const) {
  t.test(`${state} at the start: all cards are found later, without a restart`, async (t) => {
    const walk = new Walk(t, state);
    await eventually(() => {
      if (state === 'stuck') walk.clock.advance(1000);
      return walk.sampler.gpuHealth().collectors[0]?.isUp === false || walk.troubles.length > 0;
    });
    t.equal(walk.sampler.gpuHealth().expected, state === 'first-lost' ? 1 : 0);
    walk.enter('two-gpus');
    if (state === 'first-lost') walk.retry();
    else {
      // None is taken while the last one hangs.
      await eventually(() => {
        if (walk.looks === 1) walk.clock.advance(LOOK_AGAIN_MS);
        return walk.looks > 1;
      });
    }
    await walk.shows(A, B);
    t.match(walk.sampler.gpuHealth(), { collectors: [{ isUp: true }], expected: 2, seen: 2 });
    await walk.calm(A, B);
    t.same(walk.sampler.gpuHealth().problems, []);
  });
}
