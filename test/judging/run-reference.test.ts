import t from 'tap';
import { runIdFor } from '../../src/judging/run-reference.js';

const ids = [
  '2026-11-22_10-00-00.000_cccccccc',
  '2026-11-21_20-00-00.000_bbbbbbbb',
  '2026-11-21_10-00-00.000_aaaaaaaa',
];

t.test('finds a run by its id, a beginning, its job, and by its place', async (t) => {
  for (const id of ids) t.equal(runIdFor(id, ids), id);
  t.equal(runIdFor('2026-11-22', ids), ids[0]);
  t.equal(runIdFor('2026-11-21_2', ids), ids[1]);
  t.equal(runIdFor('aaaaaaaa', ids), ids[2]);
  t.equal(runIdFor('last', ids), ids[0]);
  t.equal(runIdFor('latest', ids), ids[0]);
  t.equal(runIdFor('previous', ids), ids[1]);
});

t.test('says what is wrong with one that means no run or several', async (t) => {
  t.throws(() => runIdFor('2026-11-21', ids), { exitCode: 2, message: /may be any of 2 runs: .*bbbbbbbb, .*aaaaaaaa/ });
  t.throws(() => runIdFor('2025', ids), { exitCode: 2, message: /No run is called "2025".*cccccccc/ });
  t.throws(() => runIdFor('previous', ids.slice(0, 1)), { exitCode: 1, message: /no run before/ });
  t.throws(() => runIdFor('last', []), { exitCode: 1, message: /typhon run/ });
});
