import t from 'tap';
import { sparkLine } from '../../../src/web/overview/spark-line.js';

const size = { width: 104, height: 44, band: null };

t.test('a line over the days that have runs; what lies high is drawn high', async (t) => {
  const line = sparkLine([100, null, 50], size);
  t.match(line, { first: 100, last: 50 });
  t.match(line?.path, /^M2 2L102 /);
});

t.test('noise looks like noise: a tenth around the level is always in sight', async (t) => {
  const ys = (sparkLine([80, 80.4], size)?.path ?? '').match(/(?<= )[\d.]+/g)?.map(Number) ?? [];
  t.equal(ys.length, 2);
  t.ok(Math.abs((ys[0] ?? 0) - (ys[1] ?? 0)) < 2, `${ys}`);
});

t.test('the band is drawn where it lies, and is seen however narrow it is', async (t) => {
  const { band } = sparkLine([80, 81], { ...size, band: { low: 79, high: 82, median: 80.5 } }) ?? {};
  t.ok(band !== undefined && band.top > 2 && band.top + band.height < 42);
  t.match(sparkLine([80], { ...size, band: { low: 80, high: 80, median: 80 } }), { band: { height: 1 } });
});

t.test('one day is a dash, no day nothing', async (t) => {
  t.match(sparkLine([null, 80], size)?.path, /^M[\d.]+ [\d.]+h3$/);
  t.equal(sparkLine([null, null], size), undefined);
});
