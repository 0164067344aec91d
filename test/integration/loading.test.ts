/** Models that an agent has loaded, and those that it leaves alone. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { stringify } from 'yaml';
import { benchmarkResultSchema } from '../../src/benchmark/result.js';
import { startingBefore } from '../fixtures/clock-ahead.js';
import { startLlamaSwap } from '../fixtures/llama-swap-server.js';
import { ollamaModel } from '../fixtures/ollama-server/model.js';
import { startOllamaServer } from '../fixtures/ollama-server.js';
import { ended, jobIdOf, type RunningAgent, startAgent } from '../fixtures/running-agent.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { startTyphon, until } from '../fixtures/typhon-process.js';

// The servers run in the process of the test, which is at work.
const schedules = [{ name: 'nightly', cron: '* * * * *', mode: 'quick', when_busy: 'run' }];

interface Started extends RunningAgent {
  readonly storage: string;
  readonly file: string;
}

async function configured(t: Test, config: object): Promise<string> {
  const file = join(await temporaryFolder(t), 'typhon.yaml');
  writeFileSync(file, stringify({ benchmark: { extra_time: '0s' }, schedules: [], ...config }));
  return file;
}

/** Its schedules of each minute come due some seconds after it starts. */
async function startFor(t: Test, config: object): Promise<Started> {
  const [storage, file] = [await temporaryFolder(t), await configured(t, config)];
  const options = { storage, more: ['--config.file', file] };
  return { ...(await startAgent(t, { ...options, ...startingBefore(60_000, 5_000) })), storage, file };
}

async function get<T>(url: string): Promise<T> {
  return (await (await fetch(url)).json()) as T;
}

interface ScheduleSeen {
  readonly last_run: { readonly job_id: string } | null;
  readonly last_skip: { readonly reason: string; readonly detail: string } | null;
}

async function schedule({ url }: RunningAgent): Promise<ScheduleSeen> {
  const [seen] = await get<readonly ScheduleSeen[]>(`${url}/schedules`);
  if (seen === undefined) throw new Error('a schedule was expected');
  return seen;
}

const isSettled = ({ storage }: Started) => readdirSync(storage).every((name) => !name.startsWith('model_loads'));

t.test(
  'an Ollama with nothing loaded: the nightly run is skipped, the target is up, and no job has failed',
  async (t) => {
    const server = await startOllamaServer(t, { models: [ollamaModel('llama3.1:8b')] });
    const agent = await startFor(t, { targets: [{ name: 'ollama', url: server.apiBase }], schedules });
    const skip = await until(async () => (await schedule(agent)).last_skip ?? undefined);
    t.match(skip, { reason: 'model_not_loaded', detail: /no model loaded.*models and load: if_free or always/ });
    t.same(await get(`${agent.url}/jobs`), []);
    const metrics = await (await fetch(`${agent.url}/metrics`)).text();
    t.match(metrics, /^typhon_target_up\{target="ollama"\} 1$/m);
    t.match(metrics, /^typhon_target_model_loaded\{target="ollama"\} 0$/m);
    t.match(metrics, /^typhon_schedule_skipped_total\{schedule="nightly",reason="model_not_loaded"\} [1-9]/m);
    t.notMatch(metrics, /^typhon_jobs_failed_total\{.*\} [1-9]/m);
    t.equal(server.scheduler.loads, 0);
  },
);

t.test('a model of Ollama that is named is loaded, measured and unloaded', async (t) => {
  const server = await startOllamaServer(t, { machine: { loadMs: 300, decodeTokensPerSecond: 20_000 } });
  const targets = [{ name: 'ollama', url: server.apiBase, models: ['llama3.1:8b'], load: 'always' }];
  const agent = await startFor(t, { targets, schedules });
  const { job_id: id } = await until(async () => (await schedule(agent)).last_run ?? undefined);
  const job = await ended(agent, id);
  t.match(job, { status: 'done', model: 'llama3.1:8b' });
  const result = benchmarkResultSchema.parse(job.result);
  t.ok((result.model_load_s ?? 0) >= 0.3, `${result.model_load_s} s`);
  t.equal(result.benchmarks[0]?.model_load_s, result.model_load_s);
  await until(() => isSettled(agent));
  t.same(server.scheduler.loaded, []);
  t.equal(server.scheduler.loads, 1, 'and no request had it loaded anew');
  const metrics = await (await fetch(`${agent.url}/metrics`)).text();
  t.match(metrics, /^typhon_benchmark_model_load_seconds\{target="ollama",.*test="baseline_short".*\} 0\.[3-9]|[1-9]/m);
});

t.test('what Ollama had in memory comes back with its context, also when the run is cancelled', async (t) => {
  const models = ['big:70b', 'small:4b'].map((name) => ollamaModel(name, { weightBytes: 2 ** 28 }));
  const server = await startOllamaServer(t, { models, machine: { loadMs: 0, decodeTokensPerSecond: 20 } });
  const body = JSON.stringify({ model: 'small:4b', keep_alive: -1, options: { num_ctx: 2048 } });
  await (await fetch(`${server.apiBase}/api/generate`, { method: 'POST', body })).text();
  const agent = await startFor(t, {
    targets: [{ name: 'ollama', url: server.apiBase, models: ['big:70b'], load: 'always' }],
  });
  const id = jobIdOf(await (await fetch(`${agent.url}/jobs/run?mode=quick`, { method: 'POST' })).json());
  const names = () => server.scheduler.loaded.map(({ model }) => model.name);
  await until(() => names().join() === 'big:70b');
  t.equal((await fetch(`${agent.url}/jobs/${id}/cancel`, { method: 'POST' })).status, 200);
  await until(() => isSettled(agent));
  t.same(names(), ['small:4b']);
  t.match(server.scheduler.loaded, [{ contextLength: 2048 }]);
  const [model] = server.ps().models;
  t.ok(Date.parse(model?.expires_at ?? '') - Date.now() > 1e12, 'for ever, as before');
});

t.test('nothing swaps a model of llama-swap that the configuration does not name', async (t) => {
  const server = await startLlamaSwap(t, { models: ['big-70b', 'coder-32b', 'small-4b'], running: 'small-4b' });
  const agent = await startFor(t, { targets: [{ name: 'swap', url: server.apiBase }], schedules });
  const { job_id: id } = await until(async () => (await schedule(agent)).last_run ?? undefined);
  t.match(await ended(agent, id), { status: 'done', model: 'small-4b' });
  await fetch(`${agent.url}/scan`, { method: 'POST' });
  for (const path of ['status', 'metrics', 'report', 'schedules']) await (await fetch(`${agent.url}/${path}`)).text();
  const other = jobIdOf(
    await (await fetch(`${agent.url}/jobs/run?mode=quick&model=big-70b&on_busy=queue`, { method: 'POST' })).json(),
  );
  t.match(await ended(agent, other), {
    status: 'error',
    error: /'big-70b'.*not loaded.*Loaded there: small-4b/,
  });
  const scan = startTyphon(t, ['scan', '--config.file', agent.file, '--storage.path', agent.storage]);
  t.equal((await scan.ended()).code, 0);
  const run = startTyphon(t, [
    'run',
    '--mode',
    'quick',
    '--target',
    server.apiBase,
    '--model',
    'big-70b',
    '--storage.path',
    await temporaryFolder(t),
  ]);
  t.match(await run.ended(), { code: 1, stderr: /big-70b/ });
  t.same(server.starts, []);
  t.equal(server.running(), 'small-4b');
});

t.test('of several models one that cannot be loaded does not stop the others, and what ran runs again', async (t) => {
  const server = await startLlamaSwap(t, {
    models: ['a-1b', 'b-1b', 'c-1b', 'small-4b'],
    running: 'small-4b',
    broken: ['b-1b'],
  });
  const agent = await startFor(t, {
    targets: [{ name: 'swap', url: server.apiBase, models: ['*-1b'], load: 'always' }],
  });
  const asked = await fetch(`${agent.url}/jobs/run?mode=quick&target=swap`, { method: 'POST' });
  const { job_ids: ids } = (await asked.json()) as { readonly job_ids: readonly string[] };
  const jobs = await Promise.all(ids.map((id) => ended(agent, id)));
  t.match(jobs, [
    { status: 'done', model: 'a-1b' },
    { status: 'error', model: 'b-1b', error: /unable to start process/ },
    { status: 'done', model: 'c-1b' },
  ]);
  await until(() => isSettled(agent));
  t.equal(server.running(), 'small-4b');
  t.same(server.starts, ['a-1b', 'c-1b', 'small-4b'], 'put back once, at the end');
});

t.test(
  '`typhon run` measures the models that are named one after the other, and leaves the server as it was',
  async (t) => {
    const server = await startLlamaSwap(t, { models: ['a-1b', 'b-1b', 'c-1b'], running: 'c-1b', broken: ['b-1b'] });
    const targets = [{ name: 'swap', url: server.apiBase, models: ['a-1b', 'b-1b'], load: 'always' }];
    const [storage, file] = [await temporaryFolder(t), await configured(t, { targets })];
    const more = ['--mode', 'quick', '--json', '--config.file', file, '--storage.path', storage];
    const run = startTyphon(t, ['run', '--model', 'a-1b', '--model', 'b-1b', ...more]);
    const { code, stdout, stderr } = await run.ended();
    t.equal(code, 1);
    t.match(stderr, /^2 models, one after the other: a-1b, b-1b\. How long it takes shows after the first one\.$/m);
    t.match(stderr, /^Model 1 of 2: a-1b$[\s\S]*^Model 2 of 2: b-1b$/m);
    t.match(stderr, /1 of 2 models could not be measured:\n.*unable to start process/);
    t.match(JSON.parse(stdout), [{ model: 'a-1b', model_load_s: Number }]);
    t.same(server.starts, ['a-1b', 'c-1b']);
  },
);
