import t from 'tap';
import { recordResult } from '../../../src/chronicle/record.js';
import { fullReportSchema } from '../../../src/trends/report/machine-report.js';
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
  t.same(fullReportSchema.parse(body), body);
  t.match(body, { baseline_tps: 82.5, model: 'hermes-3-llama-3.1-8b-q8_0' });
  t.match(body, { verdict: { targets: [{ target: 'local', model: 'hermes-3-llama-3.1-8b-q8_0' }] } });
});

t.test('as Markdown by its parameter or by Accept, the parameter first', async (t) => {
  const { url, paths } = await apiBench(t);
  await recordResult(benchmarkResult(), paths);
  const typeOf = async (query: string, accept: string) => {
    const response = await fetch(`${url}/report${query}`, { headers: { accept } });
    const text = await response.text();
    const type = response.headers.get('content-type') ?? '';
    t.equal(response.headers.get('vary'), 'Accept');
    t.equal(text.startsWith('# hermes-3'), type === 'text/markdown; charset=utf-8');
    return type.split(';')[0];
  };
  t.equal(await typeOf('', '*/*'), 'application/json');
  t.equal(await typeOf('', 'text/html,application/xhtml+xml,*/*;q=0.8'), 'application/json');
  t.equal(await typeOf('', 'text/markdown'), 'text/markdown');
  t.equal(await typeOf('', 'text/markdown;q=0.5, application/json'), 'application/json');
  t.equal(await typeOf('?format=markdown', 'application/json'), 'text/markdown');
  t.equal(await typeOf('?format=json', 'text/markdown'), 'application/json');
  t.equal((await fetch(`${url}/report?format=html`)).status, 422);
});
