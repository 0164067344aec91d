import t from 'tap';
import {
  advanceOf,
  integralOf,
  meanOf,
  peakOf,
  peakOfSum,
  type Series,
  samplesFor,
  seriesOf,
} from '../../src/hardware/series.js';

const GAP_MS = 1000;

function series(...points: readonly (readonly [number, number])[]): Series {
  return points.map(([atMs, value]) => ({ atMs, value }));
}

function stamped(...times: number[]) {
  return times.map((atMs) => ({ atMs }));
}

t.test('a series leaves out what is unknown and keeps a true 0', async (t) => {
  const samples = [
    { atMs: 1, powerW: 5 },
    { atMs: 2, powerW: undefined },
    { atMs: 3, powerW: 0 },
  ];
  t.same(
    seriesOf(samples, ({ powerW }) => powerW),
    series([1, 5], [3, 0]),
  );
});

t.test('mean and peak of nothing are unknown', async (t) => {
  t.same([meanOf([]), peakOf([])], [undefined, undefined]);
  t.same([meanOf(series([0, 1], [1, 4])), peakOf(series([0, 1], [1, 4]))], [2.5, 4]);
  t.equal(peakOf(series([0, -4], [1, -2])), -2);
});

t.test('a window of two intervals or more is spoken for by what lies inside it', async (t) => {
  const used = samplesFor(
    stamped(0, 200, 400, 600, 800),
    { startMs: 200, endMs: 600 },
    { intervalMs: 200, gapMs: 1000 },
  );
  t.same(used, stamped(200, 400, 600));
});

t.test('a shorter window takes the nearest on each side as well', async (t) => {
  const cut = { intervalMs: 200, gapMs: 1000 };
  const samples = stamped(0, 200, 400, 600, 800);
  t.same(samplesFor(samples, { startMs: 250, endMs: 640 }, cut), stamped(200, 400, 600, 800));
  t.same(samplesFor(samples, { startMs: 410, endMs: 590 }, cut), stamped(400, 600), 'none inside');
  t.same(samplesFor(samples, { startMs: 850, endMs: 900 }, cut), stamped(800), 'none after');
});

t.test('a neighbour too far away says nothing about a short window', async (t) => {
  const cut = { intervalMs: 200, gapMs: 1000 };
  t.same(samplesFor(stamped(0, 5000), { startMs: 1100, endMs: 1200 }, cut), []);
  t.same(samplesFor(stamped(100, 5000), { startMs: 1100, endMs: 1200 }, cut), stamped(100));
});

t.test('a constant power over a window is power times time, wherever the readings lie', async (t) => {
  const steady = series([-150, 100], [70, 100], [290, 100], [510, 100], [730, 100], [2000, 100]);
  t.equal(integralOf(steady.slice(0, 5), { startMs: 0, endMs: 700 }, GAP_MS), 70);
});

t.test('a rising power is integrated along the line between readings', async (t) => {
  const rising = series([0, 0], [1000, 100]);
  t.equal(integralOf(rising, { startMs: 0, endMs: 1000 }, GAP_MS), 50);
  t.equal(integralOf(rising, { startMs: 200, endMs: 600 }, GAP_MS), 16, '20 to 60 W for 0.4 s');
});

t.test('at an edge without a reading beyond it the nearest is held', async (t) => {
  const inside = series([300, 10], [600, 20]);
  t.equal(integralOf(inside, { startMs: 0, endMs: 1000 }, GAP_MS), 3 + 4.5 + 8);
});

t.test('a gap in the readings makes the integral unknown', async (t) => {
  const gap = series([0, 100], [500, 100], [1600, 100], [2000, 100]);
  t.equal(integralOf(gap, { startMs: 0, endMs: 2000 }, GAP_MS), undefined);
  t.equal(integralOf(gap, { startMs: 1600, endMs: 2000 }, GAP_MS), 40);
  t.equal(integralOf(gap, { startMs: 700, endMs: 800 }, 2000), 10, 'a longer gap is allowed');
});

t.test('readings too far outside do not speak for an edge', async (t) => {
  t.equal(integralOf(series([0, 100]), { startMs: 1100, endMs: 1200 }, GAP_MS), undefined);
  t.equal(integralOf(series([0, 100], [1150, 100]), { startMs: 1100, endMs: 1200 }, GAP_MS), 10);
  t.equal(integralOf([], { startMs: 0, endMs: 1 }, GAP_MS), undefined);
});

t.test('a window without length has no integral', async (t) => {
  t.equal(integralOf(series([0, 1], [10, 1]), { startMs: 5, endMs: 5 }, GAP_MS), undefined);
});

t.test("a counter's advance is interpolated at both edges", async (t) => {
  const counter = series([0, 1000], [200, 1020], [400, 1060], [600, 1100]);
  t.equal(advanceOf(counter, { startMs: 100, endMs: 500 }, GAP_MS), 1080 - 1010);
  t.equal(advanceOf(counter, { startMs: 200, endMs: 400 }, GAP_MS), 40);
});

t.test('a counter that is not seen on both sides of an edge, or starts anew, tells nothing', async (t) => {
  const counter = series([0, 1000], [200, 1020], [400, 5], [600, 50]);
  t.equal(advanceOf(counter, { startMs: 100, endMs: 500 }, GAP_MS), undefined);
  t.equal(advanceOf(counter.slice(0, 2), { startMs: 100, endMs: 300 }, GAP_MS), undefined);
  t.equal(advanceOf(counter.slice(0, 2), { startMs: -100, endMs: 100 }, GAP_MS), undefined);
  t.equal(advanceOf(series([0, 1], [2000, 2]), { startMs: 100, endMs: 200 }, GAP_MS), undefined);
});

t.test('the peak of a sum is a sum that was, not the sum of the peaks', async (t) => {
  const first = series([0, 10], [200, 90], [400, 10]);
  const second = series([0, 80], [200, 20], [400, 80]);
  t.equal(peakOfSum([first, second]), 110);
  t.equal(peakOfSum([first]), 90);
});

t.test('devices read one after the other are added with their newest readings', async (t) => {
  t.equal(peakOfSum([series([0, 10], [200, 30]), series([5, 1], [205, 2])]), 32);
});

t.test('where a device has no reading the sum is unknown', async (t) => {
  t.equal(peakOfSum([series([0, 10]), []]), undefined);
});
