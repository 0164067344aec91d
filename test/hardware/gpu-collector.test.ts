import t from 'tap';
import { blankSample } from '../../src/hardware/gpu-sample.js';
import type { GpuSearch } from '../../src/hardware/gpu-source.js';
import { FakeGpuSource } from '../fixtures/fake-gpu-source.js';
import { NONE } from '../fixtures/none.js';
import { IDLE_INTERVAL_MS, INTERVAL_MS, type Rig, rig } from '../fixtures/sampler-rig.js';

const LOOK_AGAIN_MS = 45_000;
const A = { uuid: 'GPU-aaaaaaaa', name: 'NVIDIA L40S', powerW: 200 };
const B = { uuid: 'GPU-bbbbbbbb', name: 'NVIDIA L40S', powerW: 210 };

/** Lets promises that are settled already have their effect. */
const settled = () => new Promise((done) => setImmediate(done));

const shown = ({ sampler }: Rig) => sampler.latest().gpus.map(({ uuid }) => uuid);
const both = [A.uuid, B.uuid];

function readBoth({ read }: Rig): void {
  read(0, A);
  read(1, B);
}

t.test(
  'gauges stay where a job begins and where it ends, though the tool needs seconds for its first reading',
  async (t) => {
    const bench = rig();
    const { sampler, clock } = bench;
    sampler.scraped();
    await settled();
    readBoth(bench);
    clock.advance(14_000);
    t.same(shown(bench), both);
    const release = sampler.startJob();
    await settled();
    for (let second = 0; second < 8; second++) {
      clock.advance(1000);
      t.same(shown(bench), both, `${second + 1} s after the start`);
    }
    readBoth(bench);
    t.same(shown(bench), both);
    clock.advance(INTERVAL_MS);
    release();
    await settled();
    clock.advance(IDLE_INTERVAL_MS - 1);
    t.same(shown(bench), both, 'after the end');
  },
);

t.test('a card that does not answer a new start of the readings is not told for ever', async (t) => {
  const bench = rig();
  bench.sampler.scraped();
  await settled();
  readBoth(bench);
  bench.clock.advance(1000);
  t.same(shown(bench), both);
  const release = bench.sampler.startJob();
  bench.clock.advance(46_000);
  t.same(shown(bench), []);
  release();
});

t.test('a short pause in the readings of all GPUs is the loss of none, a long one of all', async (t) => {
  const bench = rig();
  const release = bench.sampler.startJob();
  await settled();
  for (let second = 0; second < 40; second++) {
    readBoth(bench);
    bench.clock.advance(1000);
  }
  bench.clock.advance(4000);
  t.same(shown(bench), []);
  t.match(bench.sampler.gpuHealth(), { collectors: [{ isUp: true }], expected: 2, seen: 2, problems: NONE });
  bench.clock.advance(10_000);
  t.match(bench.sampler.gpuHealth(), { collectors: [{ isUp: false }], expected: 2, seen: 0 });
  release();
});

t.test('gauges hold where somebody scrapes every five minutes', async (t) => {
  const bench = rig();
  bench.sampler.scraped();
  await settled();
  for (let scrape = 0; scrape < 3; scrape++) {
    for (let reading = 0; reading < 20; reading++) {
      bench.clock.advance(IDLE_INTERVAL_MS);
      readBoth(bench);
    }
    bench.sampler.scraped();
    t.same(shown(bench), both);
  }
});

t.test('a driver that comes after the start is found by itself, within a minute', async (t) => {
  const source = new FakeGpuSource();
  let search: GpuSearch = {
    state: 'unreadable',
    hint: 'no driver yet',
    problems: [{ vendor: 'nvidia', words: 'no driver yet' }],
  };
  const bench = rig({ findGpuSource: async () => search });
  bench.sampler.scraped();
  await settled();
  t.match(bench.sampler.gpuHealth(), {
    collectors: [{ vendor: 'nvidia', isUp: false, failures: 1, problem: 'no driver yet' }],
    expected: 0,
    seen: 0,
    problems: ['no driver yet'],
  });
  bench.clock.advance(LOOK_AGAIN_MS);
  await settled();
  t.same(bench.notes, ['no driver yet'], 'the same words are told once');
  t.match(bench.sampler.gpuHealth().collectors, [{ failures: 2 }]);
  search = { state: 'found', source };
  bench.clock.advance(LOOK_AGAIN_MS);
  await settled();
  t.same(source.starts, [IDLE_INTERVAL_MS]);
  source.tell({ ...blankSample('nvidia', 0, bench.clock.nowMs()), ...A });
  t.same(shown(bench), [A.uuid]);
  t.match(bench.sampler.gpuHealth(), { collectors: [{ isUp: true }], expected: 1, seen: 1, problems: NONE });
  t.same(bench.notes, ['no driver yet', 'the nvidia GPUs are read again']);
});

t.test('no other look is taken while the last one hangs', async (t) => {
  let end: () => void = () => undefined;
  let looks = 0;
  const hanging = new Promise<void>((resolve) => {
    end = resolve;
  });
  const bench = rig({
    findGpuSource: async () => {
      looks += 1;
      return { state: 'unreadable', hint: 'silent', problems: [{ vendor: 'nvidia', words: 'silent' }], hanging };
    },
  });
  bench.sampler.scraped();
  await settled();
  bench.clock.advance(5 * LOOK_AGAIN_MS);
  bench.sampler.startJob();
  await settled();
  t.equal(looks, 1);
  end();
  await settled();
  bench.clock.advance(LOOK_AGAIN_MS);
  await settled();
  t.equal(looks, 2);
});

t.test('a tool that stops is told in its own words, once, until it reads again', async (t) => {
  const bench = rig();
  const { sampler, source, clock } = bench;
  sampler.scraped();
  await settled();
  readBoth(bench);
  t.match(sampler.gpuHealth(), { collectors: [{ isUp: true, failures: 0 }], expected: 2, seen: 2, problems: NONE });
  clock.advance(1000);
  const words = 'nvidia-smi answers: Driver/library version mismatch';
  source.fail({ words, retryInMs: 1000 });
  t.match(sampler.gpuHealth(), { collectors: [{ isUp: true, failures: 1 }], problems: [words] });
  clock.advance(1000);
  source.fail({ words, retryInMs: 2000 });
  t.match(sampler.gpuHealth(), { collectors: [{ isUp: false, failures: 2 }], seen: 0, problems: [words] });
  t.same(shown(bench), [], 'a start without a reading means that no card answers');
  clock.advance(60_000);
  t.match(sampler.gpuHealth(), { expected: 2, seen: 0 });
  t.same(shown(bench), []);
  readBoth(bench);
  t.match(sampler.gpuHealth(), { collectors: [{ isUp: true }], expected: 2, seen: 2, problems: NONE });
  t.same(bench.notes, [words, 'the nvidia GPUs are read again']);
});

t.test(
  'one lost card of two: the other is shown without a pause, and what was said of the lost one stays',
  async (t) => {
    const bench = rig();
    const { sampler, source, clock } = bench;
    sampler.scraped();
    await settled();
    readBoth(bench);
    t.equal(sampler.gpuHealth().seen, 2);
    const words = 'nvidia-smi answers: Unable to determine the device handle for GPU1: GPU is lost';
    for (let life = 0; life < 12; life++) {
      clock.advance(10_000);
      t.ok(shown(bench).includes(A.uuid), `life ${life}`);
      bench.read(0, A);
      sampler.latest();
      source.fail({ words, retryInMs: 10_000 });
    }
    t.same(shown(bench), [A.uuid]);
    t.match(sampler.gpuHealth(), { collectors: [{ isUp: true, failures: 12, problem: words }], expected: 2, seen: 1 });
    t.equal(bench.notes.filter((note) => note === words).length, 1);
    t.match(bench.notes, [words, /GPU 1 \(NVIDIA L40S, GPU-bbbbbbbb\) no longer answers/]);
    readBoth(bench);
    clock.advance(20_000);
    readBoth(bench);
    t.match(sampler.gpuHealth(), { seen: 2, problems: NONE });
  },
);

t.test('a lost card does not come back on paper where a job begins', async (t) => {
  const bench = rig();
  const { sampler, clock } = bench;
  sampler.scraped();
  await settled();
  readBoth(bench);
  sampler.latest();
  clock.advance(46_000);
  bench.read(0, A);
  t.equal(sampler.gpuHealth().seen, 1);
  sampler.startJob();
  await settled();
  t.equal(sampler.gpuHealth().seen, 1);
  bench.read(0, A);
  clock.advance(INTERVAL_MS);
  t.equal(sampler.gpuHealth().seen, 1);
});

t.test("a card's refusal of figures is told in the driver's words", async (t) => {
  const bench = rig();
  bench.sampler.scraped();
  await settled();
  readBoth(bench);
  bench.sampler.latest();
  bench.clock.advance(IDLE_INTERVAL_MS);
  bench.read(0, A);
  bench.read(1, { ...B, powerW: undefined, complaint: 'GPU requires reset' });
  t.match(bench.sampler.gpuHealth(), { expected: 2, seen: 1 });
  t.ok(bench.notes.some((note) => /GPU-bbbbbbbb\): GPU requires reset/.test(note)));
});

t.test('a tool that hangs holds up nobody who asks for processes for long', async (t) => {
  const bench = rig({ findGpuSource: () => new Promise(() => undefined) });
  const asked = bench.sampler.processes();
  bench.clock.advance(5000);
  t.equal(await asked, undefined);
  const again = bench.sampler.processes();
  bench.clock.advance(0);
  t.equal(await again, undefined, 'and only once');
});

t.test("graphics of the processor stands in for a card until the card's driver comes", async (t) => {
  const card = new FakeGpuSource();
  const graphics = new FakeGpuSource('amd');
  let search: GpuSearch = {
    state: 'found',
    source: graphics,
    problems: [{ vendor: 'nvidia', words: 'no driver yet' }],
  };
  const bench = rig({ findGpuSource: async () => search });
  bench.sampler.scraped();
  await settled();
  t.equal(graphics.isRunning, true);
  search = { state: 'found', source: card, problems: [] };
  bench.clock.advance(LOOK_AGAIN_MS);
  await settled();
  t.same([graphics.isRunning, card.isRunning], [false, true]);
  t.match(bench.sampler.gpuHealth().collectors, [{ vendor: 'nvidia' }]);
});

t.test('a machine without GPUs has nothing to be told of', async (t) => {
  const bench = rig({ findGpuSource: async () => ({ state: 'absent' }) });
  bench.sampler.scraped();
  await settled();
  bench.clock.advance(10 * LOOK_AGAIN_MS);
  await settled();
  t.match(bench.sampler.gpuHealth(), { collectors: NONE, expected: 0, problems: NONE });
  t.same(bench.notes, []);
});
