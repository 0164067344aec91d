import t from 'tap';
import { recordResult } from '../../../src/chronicle/record.js';
import { modelListSchema } from '../../../src/trends/measured/model-list.js';
import { runListSchema } from '../../../src/trends/measured/run-list.js';
import { apiBench } from '../../fixtures/api-bench.js';
import { benchmarkResult } from '../../fixtures/benchmark-result.js';
import { NONE } from '../../fixtures/none.js';

t.test('no models and no runs while nothing was measured, then all of them', async (t) => {
  const { url, paths } = await apiBench(t);
  const answer = async (path: string): Promise<unknown> => {
    const response = await fetch(`${url}${path}`);
    t.equal(response.status, 200);
    return response.json();
  };
  t.match(await answer('/models'), { models: NONE, workload_version: 1 });
  t.match(await answer('/runs'), { runs: NONE });
  await recordResult(benchmarkResult(), paths);
  await recordResult(benchmarkResult({ run_id: '2026-11-21_15-30-45.123_a3f1c821', model: 'qwen3:8b' }), paths);
  const models = await answer('/models?sort=ttft');
  t.same(modelListSchema.parse(models), models);
  t.match(models, { sorted_by: 'ttft', models: [{ short: { decode_tps: 82.5 } }, { target: 'local' }] });
  const runs = await answer('/runs?limit=1');
  t.same(runListSchema.parse(runs), runs);
  t.match(runs, { runs: [{ run_id: '2026-11-21_15-30-45.123_a3f1c821', model: 'qwen3:8b', decode_tps: 82.5 }] });
});

t.test('refuses an order that is none, and limits that nobody needs', async (t) => {
  const { url } = await apiBench(t);
  for (const query of ['/models?sort=beauty', '/models?limit=3', '/runs?limit=0', '/runs?limit=501', '/runs?limit=x']) {
    t.equal((await fetch(`${url}${query}`)).status, 422, query);
  }
});
