import t from 'tap';
import { MOST_COMPARED, runIdsIn } from '../../../src/web/models/chosen-runs.js';

t.test('only what may be a run, once, and no more than can be compared', async (t) => {
  const ids = Array.from({ length: 8 }, (_, index) => `2026-11-2${index}_14-30-45.123_a3f1c820`);
  const asked = new URLSearchParams([
    ['run', '../etc'],
    ['run', ids[0] ?? ''],
    ...ids.map((id): [string, string] => ['run', id]),
  ]);
  t.same(runIdsIn(asked), ids.slice(0, MOST_COMPARED));
  t.same(runIdsIn(new URLSearchParams()), []);
});
