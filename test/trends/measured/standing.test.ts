import t from 'tap';
import { marked, standingOf, standingRemarks } from '../../../src/trends/measured/standing.js';

const present = { now: new Date('2026-01-20T00:00:00.000Z'), workloadVersion: 1 };
const run = { run_id: 'a', run_at: '2026-01-19T00:00:00.000Z', workload_version: 1 };

t.test('a figure is old after 30 days, and of another workload by its version', async (t) => {
  t.same(standingOf(run, present), { is_old: false, is_other_workload: false });
  t.same(standingOf({ ...run, run_at: '2025-12-21T00:00:00.000Z' }, present).is_old, false);
  const other = standingOf({ ...run, run_at: '2025-12-20T23:59:59.000Z', workload_version: '1-custom-ab' }, present);
  t.same(other, { is_old: true, is_other_workload: true });
  t.equal(marked('82', other), '82*†');
});

t.test('beside another run it is told in words', async (t) => {
  t.same(standingRemarks([run], present), []);
  t.same(
    standingRemarks([run, { ...run, run_id: 'b', run_at: '2025-11-01T00:00:00.000Z', workload_version: 0 }], present),
    ['b was measured more than 30 days ago.', 'b is of workload version 0; now it is 1.'],
  );
});
