import t from 'tap';
import type { Job } from '../../../src/jobs/job.js';
import { apiBench } from '../../fixtures/api-bench.js';
import { finishedJob } from '../../fixtures/page-jobs.js';

async function estimated(url: string, query: string) {
  const response = await fetch(`${url}/estimate?${query}`);
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

const took = (id: string, model: string, seconds: number): Job => ({
  ...finishedJob(undefined, { tookMs: seconds * 1000 }),
  job_id: id,
  model,
});

t.test('of all models of a target: each by its own runs, and the whole', async (t) => {
  const bench = await apiBench(t, { services: { findModels: async () => ['a', 'b', 'c'] } });
  await bench.store.put(took('a3f1c820', 'a', 60));
  await bench.store.put(took('b3f1c820', 'b', 120));
  const { json } = await estimated(bench.url, 'mode=quick&model=all');
  t.same(json, {
    mode: 'quick',
    target: null,
    models: [
      { model: 'a', seconds: 60 },
      { model: 'b', seconds: 120 },
      { model: 'c', seconds: null },
    ],
    seconds: 270,
  });
});

t.test('before anything was measured nothing is known, and the loaded model has no name', async (t) => {
  const { url } = await apiBench(t);
  const { json } = await estimated(url, 'model=auto');
  t.same(json, { mode: 'full', target: null, models: [{ model: null, seconds: null }], seconds: null });
});

t.test('no address is looked at for it', async (t) => {
  let looks = 0;
  const findModels = async () => {
    looks += 1;
    return ['a'];
  };
  const { url } = await apiBench(t, { services: { findModels } });
  const { status, json } = await estimated(url, 'target=http://127.0.0.1:9&model=all');
  t.equal(status, 422);
  t.match(json, { detail: /target: expected the name of a configured target/ });
  t.equal(looks, 0);
});
