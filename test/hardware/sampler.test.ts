import t from 'tap';
import type { SourceSearch } from '../../src/hardware/gpu-source.js';
import type { HostSource } from '../../src/hardware/host/host.js';
import type { HostSample } from '../../src/hardware/host/host-sample.js';
import { FakeGpuSource } from '../fixtures/fake-gpu-source.js';
import { ManualClock } from '../fixtures/manual-clock.js';
import { NONE } from '../fixtures/none.js';
import { IDLE_INTERVAL_MS, INTERVAL_MS, rig } from '../fixtures/sampler-rig.js';

const LAPSE_MS = 660_000;

/** Lets promises that are settled already have their effect. */
const settled = () => new Promise((done) => setImmediate(done));
const times = (samples: readonly { readonly atMs: number }[] | undefined) => samples?.map(({ atMs }) => atMs);

t.test('without demand nothing is looked for and nothing runs', async (t) => {
  let searches = 0;
  const { source, sampler, clock } = rig({
    findGpuSource: async () => {
      searches += 1;
      return { state: 'absent' };
    },
  });
  await settled();
  t.equal(searches, 0);
  t.same(source.starts, []);
  t.same(clock.waitingMs, []);
  t.same(sampler.latest(), { gpus: [], host: undefined });
});

t.test('a job is read at its interval until the last one ends', async (t) => {
  const { source, sampler } = rig();
  const first = sampler.startJob();
  const second = sampler.startJob();
  await settled();
  t.same(source.starts, [INTERVAL_MS]);
  first();
  first();
  t.equal(source.isRunning, true, 'giving one demand back twice does not take the other away');
  second();
  t.equal(source.isRunning, false);
});

t.test('scrapes are read at the idle interval until nobody comes any more', async (t) => {
  const { source, sampler, clock } = rig();
  sampler.scraped();
  await settled();
  t.same(source.starts, [IDLE_INTERVAL_MS]);
  for (let scrape = 0; scrape < 5; scrape++) {
    clock.advance(60_000);
    sampler.scraped();
  }
  t.equal(source.isRunning, true);
  clock.advance(LAPSE_MS - 1);
  t.equal(source.isRunning, true);
  clock.advance(1);
  t.equal(source.isRunning, false);
  t.same(source.starts, [IDLE_INTERVAL_MS], 'no scrape starts the source anew');
});

t.test('a job takes precedence over scrapes and hands back to them', async (t) => {
  const { source, sampler } = rig();
  sampler.scraped();
  await settled();
  const release = sampler.startJob();
  await settled();
  release();
  await settled();
  t.same(source.starts, [IDLE_INTERVAL_MS, INTERVAL_MS, IDLE_INTERVAL_MS]);
  t.equal(source.stops, 2);
});

t.test('demand that ends while the source is looked for starts nothing', async (t) => {
  const { source, sampler } = rig();
  sampler.startJob()();
  await settled();
  t.same(source.starts, []);
});

t.test('scrapes do not look again where nothing was found; the next job does', async (t) => {
  const clock = new ManualClock();
  const source = new FakeGpuSource();
  const results: SourceSearch[] = [{ state: 'unreadable', hint: 'no driver yet' }];
  let searches = 0;
  const { sampler } = rig({
    clock,
    findGpuSource: async () => {
      searches += 1;
      return results.shift() ?? { state: 'found', source };
    },
  });
  for (let scrape = 0; scrape < 5; scrape++) {
    sampler.scraped();
    await settled();
  }
  t.equal(searches, 1);
  t.match(await sampler.search(), { state: 'unreadable', hint: 'no driver yet' });
  sampler.startJob();
  await settled();
  t.equal(searches, 2);
  t.same(source.starts, [INTERVAL_MS]);
  sampler.startJob();
  await settled();
  t.equal(searches, 2, 'what was found is kept');
});

t.test('the latest reading of each GPU is told in the order of their numbers', async (t) => {
  const { sampler, read, clock } = rig();
  sampler.startJob();
  await settled();
  read(1);
  read(0);
  clock.advance(INTERVAL_MS);
  read(1);
  t.same(
    sampler.latest().gpus.map(({ index, atMs }) => [index, atMs]),
    [
      [0, 0],
      [1, 200],
    ],
  );
});

t.test('a reading that was not renewed is not told as the present one', async (t) => {
  const { sampler, read, clock } = rig();
  sampler.startJob();
  await settled();
  read();
  clock.advance(2000);
  t.equal(sampler.latest().gpus.length, 1);
  clock.advance(1);
  t.same(sampler.latest().gpus, []);
});

t.test('between scrapes a reading stays current for three idle intervals', async (t) => {
  const { sampler, read, clock } = rig();
  sampler.scraped();
  await settled();
  read();
  clock.advance(3 * IDLE_INTERVAL_MS);
  t.equal(sampler.latest().gpus.length, 1);
  clock.advance(1);
  t.same(sampler.latest().gpus, []);
});

t.test('when nothing runs nothing is current', async (t) => {
  const { sampler, read } = rig();
  const release = sampler.startJob();
  await settled();
  read();
  release();
  t.same(sampler.latest().gpus, []);
});

t.test('a window is cut once the reading after it has come', async (t) => {
  const { sampler, read, clock } = rig();
  sampler.startJob();
  await settled();
  for (let reading = 0; reading < 20; reading++) {
    read(0);
    read(1);
    clock.advance(INTERVAL_MS);
  }
  let isCut = false;
  const cut = sampler.cut({ startMs: 3000, endMs: 4100 }).then((samples) => {
    isCut = true;
    return samples;
  });
  read(0);
  read(1);
  clock.advance(INTERVAL_MS / 2);
  await settled();
  t.equal(isCut, false, 'the newest is of 4000');
  clock.advance(INTERVAL_MS / 2);
  read(0);
  await settled();
  t.equal(isCut, false, 'the second GPU has none yet');
  read(1);
  clock.advance(INTERVAL_MS / 4);
  const { gpus, window, intervalMs } = await cut;
  t.same({ window, intervalMs }, { window: { startMs: 3000, endMs: 4100 }, intervalMs: INTERVAL_MS });
  t.equal(gpus.length, 2);
  t.equal(times(gpus[0]?.samples)?.[0], 1000, 'two seconds before the window are kept for its edge');
  t.equal(times(gpus[0]?.samples)?.at(-1), 4200);
});

t.test('a GPU that falls silent holds up no result', async (t) => {
  const { sampler, read, clock } = rig();
  sampler.startJob();
  await settled();
  read();
  const cut = sampler.cut({ startMs: 0, endMs: 500 });
  clock.advance(2000);
  t.same(
    (await cut).gpus.map(({ samples }) => times(samples)),
    [[0]],
  );
});

t.test('a window cut after its job waits for nothing', async (t) => {
  const { sampler, read } = rig();
  const release = sampler.startJob();
  await settled();
  read();
  release();
  t.same(
    (await sampler.cut({ startMs: 0, endMs: 500 })).gpus.map(({ samples }) => times(samples)),
    [[0]],
  );
});

t.test('demand that ends while a window waits ends the waiting', async (t) => {
  const { sampler, clock } = rig();
  const release = sampler.startJob();
  await settled();
  const cut = sampler.cut({ startMs: 0, endMs: 500 });
  release();
  clock.advance(INTERVAL_MS / 4);
  t.same((await cut).gpus, []);
  t.same(clock.waitingMs, []);
});

t.test('with no GPU at all a window is empty at once', async (t) => {
  const { sampler } = rig({ findGpuSource: async () => ({ state: 'absent' }) });
  sampler.startJob();
  await settled();
  t.match(await sampler.cut({ startMs: 0, endMs: 500 }), { gpus: NONE, host: NONE });
});

t.test('the processor is read beside the GPU, with the same demand', async (t) => {
  const starts: number[] = [];
  let tell: (sample: HostSample) => void = () => undefined;
  let asked = 0;
  let stops = 0;
  const hostSource: HostSource = {
    start(intervalMs, onSample) {
      starts.push(intervalMs);
      tell = onSample;
      return {
        readNow: () => {
          asked += 1;
        },
        stop: () => {
          stops += 1;
        },
      };
    },
  };
  const { sampler, clock } = rig({ hostSource, findGpuSource: async () => ({ state: 'absent' }) });
  const release = sampler.startJob();
  await settled();
  const cut = sampler.cut({ startMs: 0, endMs: 100 });
  clock.advance(150);
  await settled();
  const sample = { atMs: 150, energyJ: 1, powerW: 2, tempC: 3, utilRatio: 0.5 };
  tell(sample);
  clock.advance(INTERVAL_MS / 4);
  t.same((await cut).host, [sample]);
  t.same(sampler.latest().host, sample);
  release();
  t.same([starts, asked, stops], [[INTERVAL_MS], 1, 1], 'and at once at the end of a window');
});

t.test('a reading made now starts the source for its time alone', async (t) => {
  const { sampler, source, read, clock } = rig();
  const reading = sampler.readNow(5000);
  await settled();
  read();
  clock.advance(INTERVAL_MS);
  await settled();
  read();
  clock.advance(INTERVAL_MS / 4);
  t.same(times((await reading).gpus), [200]);
  t.equal(source.isRunning, false);
});

t.test('a reading made now gives up in time', async (t) => {
  const { sampler, source, clock } = rig();
  const reading = sampler.readNow(5000);
  await settled();
  clock.advance(5000);
  t.same((await reading).gpus, []);
  t.equal(source.isRunning, false);
});

t.test('processes are asked of the source, and unknown without one', async (t) => {
  t.match(await rig().sampler.processes(), [{ pid: 1 }]);
  t.equal(await rig({ findGpuSource: async () => ({ state: 'absent' }) }).sampler.processes(), undefined);
});

t.test('closing ends everything, whoever still wants it', async (t) => {
  const { sampler, source, clock } = rig();
  const release = sampler.startJob();
  sampler.scraped();
  await settled();
  sampler.close();
  t.equal(source.isRunning, false);
  t.same(clock.waitingMs, []);
  release();
  clock.advance(LAPSE_MS);
  await settled();
  t.equal(source.starts.length, 1);
});

t.test('a tool that hangs at the start holds up a job for seconds, whatever asks for it', async (t) => {
  const { sampler, clock } = rig({ findGpuSource: () => new Promise(() => undefined) });
  const tookMs = async (answer: Promise<unknown>): Promise<number> => {
    const fromMs = clock.nowMs();
    let isHere = false;
    void answer.then(() => {
      isHere = true;
    });
    while (clock.nowMs() - fromMs < 60_000) {
      clock.advance(0);
      await new Promise((done) => setImmediate(done));
      if (isHere) break;
      clock.advance(INTERVAL_MS);
    }
    return clock.nowMs() - fromMs;
  };
  t.equal(await tookMs(sampler.readNow(2000)), 2000, 'is anybody at work');
  t.equal(await tookMs(sampler.processes()), 3000, 'what is left of five seconds since the tool was asked');
  const stop = sampler.startJob();
  const endMs = clock.nowMs();
  const cut = sampler.cut({ startMs: endMs - 1000, endMs });
  t.equal(await tookMs(cut), 2000, 'the readings of a test');
  t.same((await cut).gpus, []);
  t.equal(await tookMs(sampler.processes()), 0);
  stop();
});
