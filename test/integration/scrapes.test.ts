/** What scrapes tell of a real agent that something goes wrong for: its server, its files, its configuration. */
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { historyRow } from '../fixtures/history.js';
import { readMetrics } from '../fixtures/metrics-text.js';
import { ended, fakeServer, jobIdOf, MEASURABLE, type RunningAgent, startAgent } from '../fixtures/running-agent.js';
import { until } from '../fixtures/typhon-process.js';

type Labels = Readonly<Record<string, string>>;

/** What a metric is now, of the samples that have these labels. */
async function samples({ url }: RunningAgent, name: string, labels: Labels = {}) {
  const text = await (await fetch(`${url}/metrics`)).text();
  const all = readMetrics(text, 'text').get(name)?.samples ?? [];
  return all.filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value));
}

async function sum(agent: RunningAgent, name: string, labels: Labels = {}): Promise<number> {
  return (await samples(agent, name, labels)).reduce((total, { value }) => total + value, 0);
}

/** The decode speeds, which a busy machine may hide, and the times that each answer took, which nothing hides. */
async function figures(agent: RunningAgent) {
  const names = ['tokens_per_second', 'elapsed_seconds'].map((name) => `typhon_benchmark_${name}`);
  const [speeds = [], times = []] = await Promise.all(names.map((name) => samples(agent, name)));
  return { speeds, times };
}

async function run(agent: RunningAgent, target: string): Promise<string> {
  const answer = await fetch(`${agent.url}/jobs/run?mode=quick&target=${target}`, { method: 'POST' });
  return (await ended(agent, jobIdOf(await answer.json()))).status;
}

function configured(t: Test, targets: Readonly<Record<string, string>>) {
  const folder = t.testdir({});
  const file = join(folder, 'typhon.yaml');
  const write = (of: Readonly<Record<string, string>>) =>
    writeFileSync(
      file,
      JSON.stringify({ targets: Object.entries(of).map(([name, url]) => ({ name, url })), schedules: [] }),
    );
  write(targets);
  return { storage: join(folder, 'data'), more: ['--config.file', file], write };
}

t.test('a server that fails, and one that is gone: the last good figures stay, the failures are told', async (t) => {
  const server = await fakeServer(t, MEASURABLE);
  const agent = await startAgent(t, configured(t, { local: server.url }));
  t.equal(await run(agent, 'local'), 'done');
  const good = await figures(agent);
  t.ok(good.times.length > 0);
  const successes = async () => (await samples(agent, 'typhon_benchmark_success')).map(({ value }) => value);
  t.same(new Set(await successes()), new Set([1]));
  t.equal(await sum(agent, 'typhon_benchmark_request_failures_total'), 0);

  await server.set({ fault: { kind: 'status', status: 500, body: 'html' } });
  t.equal(await run(agent, 'local'), 'error');
  t.same(new Set(await successes()), new Set([0]));
  t.ok((await sum(agent, 'typhon_benchmark_request_failures_total', { error: 'http_error' })) > 0);
  t.equal(await sum(agent, 'typhon_jobs_failed_total', { mode: 'quick', trigger: 'api' }), 1);
  t.same(await figures(agent), good);

  await server.close();
  t.equal(await run(agent, 'local'), 'error');
  t.ok((await sum(agent, 'typhon_benchmark_request_failures_total', { error: 'connection_refused' })) > 0);
  t.equal(await sum(agent, 'typhon_jobs_failed_total'), 2);
  t.same(await figures(agent), good);
});

t.test('with their target the series leave, and come back with it', async (t) => {
  const server = await fakeServer(t, MEASURABLE);
  const { write, ...start } = configured(t, { local: server.url });
  const agent = await startAgent(t, start);
  t.equal(await run(agent, 'local'), 'done');
  const reload = async () => t.equal((await fetch(`${agent.url}/-/reload`, { method: 'POST' })).status, 200);
  const good = await figures(agent);
  t.ok(good.times.length > 0);
  write({ other: server.url });
  await reload();
  const text = await (await fetch(`${agent.url}/metrics`)).text();
  t.notMatch(text, 'target="local"', 'not one sample');
  write({ local: server.url });
  await reload();
  t.same(await figures(agent), good);
});

t.test('files that cannot be understood are left out with a warning and told of; the rest is there', async (t) => {
  const start = configured(t, { local: 'http://127.0.0.1:9' });
  mkdirSync(start.storage);
  const runAt = new Date(Date.now() - 3_600_000).toISOString();
  const rows = [
    historyRow({ run_at: runAt, run_id: 'one', target: 'local', avg_tps: 77 }),
    { ...historyRow({ run_at: runAt, run_id: 'two', target: 'local', test_id: 'long_gen', avg_tps: 55 }), qubits: 9 },
    { schema: 'chronicle/9', entries: [{ speed: { mean: 1 } }] },
  ];
  writeFileSync(join(start.storage, 'last_run.json'), '{"run_id": "2026-');
  appendFileSync(join(start.storage, 'chronicle.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  appendFileSync(join(start.storage, 'chronicle.jsonl'), '{"run_at":"20');
  const agent = await startAgent(t, start);
  t.same((await samples(agent, 'typhon_benchmark_tokens_per_second')).map(({ value }) => value).sort(), [55, 77]);
  t.equal(await sum(agent, 'typhon_restore_errors_total', { file: 'last_run' }), 1);
  t.match(agent.typhon.stderr, /"level":"warn".*"file":"last_run"/);
  t.equal(readFileSync(join(start.storage, 'last_run.json'), 'utf8'), '{"run_id": "2026-', 'left as it is');
  t.equal((await fetch(`${agent.url}/-/ready`)).status, 200);
});

t.test('a server with another name for its model at every look leaves one sample of itself', async (t) => {
  const names = Array.from({ length: 3 }, (_, index) => `${index}${'m'.repeat(10_000)}`);
  const server = await fakeServer(t, { models: [{ id: names[0] ?? '' }] });
  const agent = await startAgent(t, configured(t, { local: server.url }));
  const models: (string | undefined)[] = [];
  for (const id of names) {
    await server.set({ models: [{ id }] });
    t.equal(await run(agent, 'local'), 'done');
    const info = await until(async () => {
      const found = await samples(agent, 'typhon_target_info');
      return found.length > 0 && found;
    });
    t.equal(info.length, 1);
    models.push(...info.map(({ labels }) => labels['model']));
  }
  t.ok(models.every((model) => model !== undefined && model.length <= 128));
  const measured = await samples(agent, 'typhon_benchmark_success', { test: 'baseline_short' });
  t.equal(new Set(measured.map(({ labels }) => labels['model'])).size, names.length, 'each is told from the others');
  t.ok(measured.every(({ labels }) => (labels['model'] ?? '').length <= 128));
});
