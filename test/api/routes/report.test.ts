import t from 'tap';
import { recordResult } from '../../../src/chronicle/record.js';
import { machineReportSchema } from '../../../src/trends/machine-report.js';
import { apiBench } from '../../fixtures/api-bench.js';
import { benchmarkResult } from '../../fixtures/benchmark-result.js';

t.test('404 while nothing was measured, then the report', async (t) => {
  const { url, paths } = await apiBench(t);
  const none = await fetch(`${url}/report`);
  t.equal(none.status, 404);
  t.match(await none.json(), { detail: /No benchmark has been recorded yet/ });
  await recordResult(benchmarkResult(), paths);
  const response = await fetch(`${url}/report`);
  t.equal(response.status, 200);
  const body: unknown = await response.json();
  t.same(machineReportSchema.parse(body), body);
  t.match(body, { baseline_tps: 82.5, model: 'hermes-3-llama-3.1-8b-q8_0' });
});
