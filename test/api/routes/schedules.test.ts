import t from 'tap';
import { apiBench } from '../../fixtures/api-bench.js';

t.test('a schedule is run when asked, without waiting for its time', async (t) => {
  const { url, store } = await apiBench(t);
  const response = await fetch(`${url}/schedules/nightly/run`, { method: 'POST' });
  t.equal(response.status, 202);
  const { job_ids: ids } = (await response.json()) as { job_ids: string[] };
  t.equal(ids.length, 1);
  t.match(store.get(ids[0] ?? ''), { mode: 'quick', trigger: 'api' });
  t.equal((await fetch(`${url}/schedules/other/run`, { method: 'POST' })).status, 404);
});

t.test(
  'run now asks for what the scheduled run would: a job for each model of each target, all of one batch',
  async (t) => {
    const models: Readonly<Record<string, readonly (string | undefined)[]>> = {
      shelf: ['small', 'large'],
      desk: [undefined],
    };
    const { url, store } = await apiBench(t, {
      // A batch takes one place: without one the second job that waits would find none.
      maxQueued: () => 1,
      scheduling: { targets: () => Object.keys(models), models: async (target = '') => models[target] ?? [] },
    });
    const response = await fetch(`${url}/schedules/nightly/run`, { method: 'POST' });
    t.equal(response.status, 202);
    const { job_ids: ids } = (await response.json()) as { job_ids: string[] };
    t.match(
      ids.map((id) => store.get(id)),
      [
        { mode: 'quick', trigger: 'api', target: 'shelf', model: 'small' },
        { mode: 'quick', trigger: 'api', target: 'shelf', model: 'large' },
        { mode: 'quick', trigger: 'api', target: 'desk', model: null },
      ],
    );
  },
);
