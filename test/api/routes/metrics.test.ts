import { once } from 'node:events';
import { connect } from 'node:net';
import t, { type Test } from 'tap';
import { Scrape } from '../../../src/metrics/text/scrape.js';
import { TextBlock } from '../../../src/metrics/text/text-block.js';
import { apiBench, ask } from '../../fixtures/api-bench.js';
import { benchmarkResult } from '../../fixtures/benchmark-result.js';
import { metricsBench } from '../../fixtures/metrics-bench.js';
import { readMetrics } from '../../fixtures/metrics-text.js';
import { until } from '../../fixtures/typhon-process.js';

async function scraped(t: Test) {
  const { metrics, paths } = metricsBench(t);
  metrics.observeResult(benchmarkResult());
  return apiBench(t, { root: paths.root, services: { metrics } });
}

t.test('plain text with its exact content type, for whoever does not ask for more', async (t) => {
  const { port } = await scraped(t);
  const { status, headers, body } = await ask(port, { path: '/metrics' });
  t.equal(status, 200);
  t.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  t.equal(headers['content-encoding'], undefined);
  t.equal(headers['vary'], 'Accept, Accept-Encoding');
  t.equal(readMetrics(body, 'text').get('typhon_benchmark_tokens_per_second')?.samples[0]?.value, 82.5);
});

t.test('OpenMetrics when asked for, with its exact content type, and text again after that', async (t) => {
  const { port } = await scraped(t);
  const accept = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5';
  const open = await ask(port, { path: '/metrics', headers: { accept } });
  t.equal(open.headers['content-type'], 'application/openmetrics-text; version=1.0.0; charset=utf-8');
  t.equal(readMetrics(open.body, 'openmetrics').get('typhon_jobs')?.type, 'counter');
  const text = await ask(port, { path: '/metrics?ignored=yes' });
  t.equal(readMetrics(text.body, 'text').get('typhon_jobs_total')?.type, 'counter');
});

t.test('compressed for those who accept it, not for those who refuse it', async (t) => {
  const { url, port } = await scraped(t);
  const answer = await fetch(`${url}/metrics`, { headers: { 'accept-encoding': 'gzip' } });
  t.equal(answer.headers.get('content-encoding'), 'gzip');
  t.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  t.ok(readMetrics(await answer.text(), 'text').has('typhon_build_info'));
  for (const encoding of ['identity', 'gzip;q=0', 'br']) {
    const plain = await ask(port, { path: '/metrics', headers: { 'accept-encoding': encoding } });
    t.equal(plain.headers['content-encoding'], undefined, encoding);
    t.ok(readMetrics(plain.body, 'text').has('typhon_build_info'));
  }
});

t.test('a probe by HEAD is answered without a body', async (t) => {
  const { port } = await scraped(t);
  const { status, headers, body } = await ask(port, { method: 'HEAD', path: '/metrics' });
  t.equal(status, 200);
  t.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  t.equal(body, '');
});

t.test('fifty at once, and some that stop reading, are no trouble for the next one', async (t) => {
  const { port } = await scraped(t);
  const silent = Array.from({ length: 10 }, () => connect(port, '127.0.0.1').pause());
  t.teardown(() => {
    for (const socket of silent) socket.destroy();
  });
  for (const socket of silent) socket.write('GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n');
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask(port, { path: '/metrics' })));
  t.same([...new Set(answers.map(({ status }) => status))], [200]);
  for (const { body } of answers) t.ok(readMetrics(body, 'text').has('typhon_build_info'));
  t.equal((await ask(port, { path: '/metrics' })).status, 200);
});

t.test('a scraper that stops reading is let go, one that waits for its answer is not', async (t) => {
  // More than the system takes off the agent's hands for both ends of a connection.
  const block = new TextBlock(`${'x'.repeat(1023)}\n`.repeat(32 * 1024));
  const scrape = async () => new Scrape('text/plain', [block]);
  let begin: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const report = () => begun.then(() => undefined);
  const { port, logged } = await apiBench(t, { writeTimeoutMs: 200, services: { metrics: { scrape }, report } });
  const patient = ask(port, { path: '/report' });
  const silent = connect(port, '127.0.0.1').pause();
  t.teardown(() => silent.destroy());
  silent.write('GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n');
  await until(() => logged.some((line) => JSON.stringify(line).includes('took nothing')));
  silent.resume();
  await once(silent, 'close');
  t.ok(silent.bytesRead < 32 * 2 ** 20, `${silent.bytesRead} bytes, the rest was thrown away`);
  begin();
  t.equal((await patient).status, 404, 'waited longer than that for its answer');
  // Not with so short a time: on a busy machine this very test may be the reader that stops for as long.
  const { port: unhurried } = await apiBench(t, { services: { metrics: { scrape } } });
  t.equal((await ask(unhurried, { path: '/metrics' })).body.length, 32 * 2 ** 20);
});
