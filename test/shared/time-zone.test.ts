import t from 'tap';
import { momentOf, offsetMs } from '../../src/shared/time-zone.js';

const MINUTE_MS = 60_000;

function offset(timezone: string, at: string): number {
  return offsetMs(timezone, Date.parse(at)) / MINUTE_MS;
}

/** In UTC; `wall` as the zone's clock shows it. */
function moment(timezone: string, wall: string): string | undefined {
  const at = momentOf(timezone, Date.parse(`${wall}:00Z`));
  return at === undefined ? undefined : new Date(at).toISOString().slice(0, 16);
}

t.test('says how far a zone is ahead of UTC, by season and to the minute', async (t) => {
  t.equal(offset('UTC', '2026-07-01T00:00:00Z'), 0);
  t.equal(offset('Europe/Berlin', '2026-07-01T00:00:00.999Z'), 120);
  t.equal(offset('Europe/Berlin', '2026-12-31T23:59:59Z'), 60);
  t.equal(offset('America/New_York', '2026-12-31T23:59:59Z'), -300);
  t.equal(offset('Asia/Kathmandu', '2026-07-01T00:00:00Z'), 345);
  t.equal(offset('Australia/Lord_Howe', '2026-07-01T00:00:00Z'), 630);
  t.throws(() => offset('Mars/Olympus', '2026-07-01T00:00:00Z'), RangeError);
});

t.test('finds the moment of a local time', async (t) => {
  t.equal(moment('UTC', '2026-07-01T12:30'), '2026-07-01T12:30');
  t.equal(moment('Europe/Berlin', '2026-07-01T12:30'), '2026-07-01T10:30');
  t.equal(moment('Pacific/Auckland', '2026-01-01T12:00'), '2025-12-31T23:00');
  t.equal(moment('America/New_York', '2026-12-31T23:00'), '2027-01-01T04:00');
});

t.test('of a time that is left out there is none', async (t) => {
  t.equal(moment('Europe/Berlin', '2027-03-28T01:59'), '2027-03-28T00:59');
  t.equal(moment('Europe/Berlin', '2027-03-28T02:00'), undefined);
  t.equal(moment('Europe/Berlin', '2027-03-28T02:59'), undefined);
  t.equal(moment('Europe/Berlin', '2027-03-28T03:00'), '2027-03-28T01:00');
  t.equal(moment('Australia/Lord_Howe', '2026-10-04T02:15'), undefined, 'half an hour is put forward there');
  t.equal(moment('Australia/Lord_Howe', '2026-10-04T02:30'), '2026-10-03T15:30');
});

t.test('of a time that comes twice there is one', async (t) => {
  t.equal(moment('Europe/Berlin', '2026-10-25T02:30'), '2026-10-25T01:30', 'the second, in the east');
  t.equal(moment('America/New_York', '2026-11-01T01:30'), '2026-11-01T05:30', 'the first, in the west');
});
