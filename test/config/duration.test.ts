import t from 'tap';
import { formatDuration, parseDuration } from '../../src/config/duration.js';

t.test('reads every unit as milliseconds', async (t) => {
  t.same(
    ['500ms', '2s', '10m', '6h', '90d', '0s'].map(parseDuration),
    [500, 2000, 600_000, 21_600_000, 7_776_000_000, 0],
  );
});

t.test('reads nothing else', async (t) => {
  for (const text of ['', '10', 's', '1.5s', '-1s', '1 s', '1h30m', '1S', ' 1s', '1s\n', '10000000000s']) {
    t.equal(parseDuration(text), undefined, JSON.stringify(text));
  }
});

t.test('writes the largest unit that loses nothing', async (t) => {
  t.same([0, 1, 1500, 2000, 90_000, 120_000, 3_600_000, 259_200_000].map(formatDuration), [
    '0s',
    '1ms',
    '1500ms',
    '2s',
    '90s',
    '2m',
    '1h',
    '3d',
  ]);
});

t.test('reads back what it writes', async (t) => {
  for (const ms of [0, 1, 999, 1000, 61_000, 86_400_000]) t.equal(parseDuration(formatDuration(ms)), ms);
});
