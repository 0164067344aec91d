import t from 'tap';
import { asOf, axisTimes, localTime, logLine, relative, span } from '../../../src/web/ui/times.js';

const NOW_MS = Date.parse('2026-11-22T12:00:00.000Z');

t.test('spans are exact for a clock', async (t) => {
  t.same([-5, 999, 42_000, 185_000, 7_800_000].map(span), ['0 s', '1 s', '42 s', '3 min 05 s', '2 h 10 min']);
});

t.test('a time is told from now', async (t) => {
  const at = (ms: number) => relative(new Date(NOW_MS + ms).toISOString(), NOW_MS);
  t.same([-10_000, -300_000, 7_200_000, -4 * 86_400_000].map(at), ['just now', '5 min ago', 'in 2 h', '4 d ago']);
});

t.test('what is remembered says of when it is and how old, with its day unless that is today', async (t) => {
  const at = (agoMs: number) => asOf(NOW_MS - agoMs, NOW_MS);
  t.same(
    [59_999, 60_000, 3_599_999, 3_600_000, 3 * 3_600_000, 47 * 3_600_000, 48 * 3_600_000].map((ms) => at(ms).age),
    ['just now', '1 minute ago', '59 minutes ago', '1 hour ago', '3 hours ago', '47 hours ago', '2 days ago'],
  );
  t.match(at(0).at, /^\d\d:\d\d$/);
  t.match(at(48 * 3_600_000).at, /2026.*\d\d:\d\d$/);
});

t.test("a line of a log is split into the reader's time and its words", async (t) => {
  const { clock, text } = logLine('2026-11-22T12:00:07.123Z       run 1: 82.5 tok/s');
  t.match(clock, /^\d\d:\d\d:07$/);
  t.equal(text, '      run 1: 82.5 tok/s');
  t.same(logLine('no stamp'), { clock: '', text: 'no stamp' });
  t.match(localTime('2026-11-22T12:00:07.123Z'), /2026/);
});

t.test('an axis is marked as finely as its marks lie, none twice', async (t) => {
  const from = NOW_MS / 1000;
  t.match(axisTimes([from, from + 10]).join(), /^\d\d:\d\d,\d\d:10$/);
  t.match(axisTimes([from, from + 3600]).join(), /^\d\d:00,\d\d:00$/);
  const days = axisTimes([from, from + 86_400, from + 86_400 + 60]);
  t.match(days[0], /22/);
  t.match(days[1], /23/);
  t.equal(days[2], '', 'the same day');
});
