import t from 'tap';
import { type PolledCard, pollCards, pollEvery } from '../../../src/hardware/drm/card-poller.js';
import { blankSample, type GpuSample } from '../../../src/hardware/gpu-sample.js';
import { ManualClock } from '../../fixtures/manual-clock.js';

t.test('the first reading comes at once, but not before the caller has returned', async (t) => {
  const clock = new ManualClock();
  const times: number[] = [];
  t.teardown(pollEvery(100, clock, () => times.push(clock.nowMs())));
  t.same(times, []);
  clock.advance(0);
  t.same(times, [0]);
  clock.advance(350);
  t.same(times, [0, 100, 200, 300]);
});

t.test('a slow reading does not shift the rhythm, and missed turns are not made up for', async (t) => {
  const clock = new ManualClock();
  const times: number[] = [];
  let slowness = [30, 250];
  t.teardown(
    pollEvery(100, clock, () => {
      times.push(clock.nowMs());
      const [late = 0, ...rest] = slowness;
      slowness = rest;
      // Time that passes while the driver answers; no turn of our own can fall due in it.
      if (late > 0) clock.advance(late);
    }),
  );
  clock.advance(0);
  clock.advance(1000);
  t.same(times.slice(0, 4), [0, 100, 350, 450]);
});

t.test('after the end no reading comes and no timer waits', async (t) => {
  const clock = new ManualClock();
  let readings = 0;
  const stop = pollEvery(100, clock, () => {
    readings += 1;
  });
  clock.advance(100);
  stop();
  clock.advance(1000);
  t.equal(readings, 2);
  t.same(clock.waitingMs, []);
});

function card(index: number, awake: () => boolean): PolledCard & { closed: boolean } {
  return {
    index,
    closed: false,
    isResting: () => !awake(),
    read: () => (awake() ? blankSample('amd', index, 0) : undefined),
    close() {
      this.closed = true;
    },
  };
}

t.test('cards are read together; one that gives nothing is left out, and nothing at all is not told', async (t) => {
  const clock = new ManualClock();
  let awake = true;
  const cards = [card(0, () => awake), card(1, () => false)];
  const told: (readonly GpuSample[])[] = [];
  const readings = pollCards(cards, 100, clock, { onSamples: (samples) => told.push(samples) });
  clock.advance(0);
  awake = false;
  clock.advance(200);
  t.same(
    told.map((samples) => samples.map(({ index }) => index)),
    [[0]],
  );
  readings.flush();
  readings.stop();
  t.same(
    cards.map(({ closed }) => closed),
    [true, true],
  );
});
