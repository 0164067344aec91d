/** Models of a real llama-server in router mode, loaded for benchmarks and put back. */
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { stringify } from 'yaml';
import { benchmarkResultSchema } from '../../../src/benchmark/result.js';
import { startingBefore } from '../../fixtures/clock-ahead.js';
import { skipWithoutLlamaServer, startLlamaServer, tinyModel } from '../../fixtures/llama-server.js';
import { ended, type RunningAgent, startAgent } from '../../fixtures/running-agent.js';
import { temporaryFolder } from '../../fixtures/temporary-folder.js';
import { until } from '../../fixtures/typhon-process.js';

const skip = skipWithoutLlamaServer();
const tiny = await tinyModel(t.testdir({}));

interface Router {
  readonly url: string;
  /** What is in memory, in the list's order. */
  readonly loaded: () => Promise<readonly string[]>;
  readonly load: (model: string) => Promise<void>;
}

interface Listed {
  readonly data: readonly { readonly id: string; readonly status: { readonly value: string } }[];
}

async function startRouter(t: Test, ...names: readonly string[]): Promise<Router> {
  const models = join(await temporaryFolder(t), 'models');
  mkdirSync(models);
  for (const name of names) symlinkSync(tiny, join(models, `${name}.gguf`));
  const { url } = await startLlamaServer(t, { args: ['--models-dir', models, '--ctx-size', '2048'] });
  const states = async () => ((await (await fetch(`${url}/v1/models`)).json()) as Listed).data;
  const loaded = async () => (await states()).filter(({ status }) => status.value !== 'unloaded').map(({ id }) => id);
  return {
    url,
    loaded,
    load: async (model) => {
      await fetch(`${url}/models/load`, { method: 'POST', body: JSON.stringify({ model }) });
      await until(async () => (await states()).some(({ id, status }) => id === model && status.value === 'loaded'));
    },
  };
}

interface Started extends RunningAgent {
  readonly storage: string;
}

async function startFor(t: Test, url: string, target: object, more: object = {}): Promise<Started> {
  const storage = await temporaryFolder(t);
  const file = join(await temporaryFolder(t), 'typhon.yaml');
  const targets = [{ name: 'router', url, ...target }];
  writeFileSync(file, stringify({ targets, benchmark: { extra_time: '0s' }, schedules: [], ...more }));
  const options = { storage, more: ['--config.file', file] };
  return { ...(await startAgent(t, { ...options, ...startingBefore(60_000, 5_000) })), storage };
}

interface Asked {
  readonly job_id: string;
  readonly job_ids: readonly string[];
}

async function ask({ url }: RunningAgent, query: string): Promise<Asked> {
  const response = await fetch(`${url}/jobs/run?mode=quick&on_busy=queue&${query}`, { method: 'POST' });
  if (response.status !== 202) throw new Error(`expected 202, got ${response.status}: ${await response.text()}`);
  return (await response.json()) as Asked;
}

const journalOf = (storage: string) => readdirSync(storage).filter((name) => name.startsWith('model_loads'));

t.test(
  'all of its models are measured one after the other, and what was loaded is loaded again',
  { skip },
  async (t) => {
    const router = await startRouter(t, 'one', 'three', 'two');
    await router.load('two');
    const agent = await startFor(t, router.url, { models: 'all', load: 'always' });
    const { job_ids: ids } = await ask(agent, 'model=all');
    t.equal(ids.length, 3);
    const jobs = await Promise.all(ids.map((id) => ended(agent, id)));
    t.same(
      jobs.map(({ status, model, error }) => [status, model, error]),
      ['one', 'three', 'two'].map((model) => ['done', model, null]),
    );
    for (const { result } of jobs) {
      const { model, model_load_s: loadS } = benchmarkResultSchema.parse(result);
      t.ok((loadS ?? 0) > 0, `${model}: ${loadS} s`);
    }
    await until(() => journalOf(agent.storage).length === 0);
    t.same(await router.loaded(), ['two']);
  },
);

t.test('beside a loaded model a schedule with load: if_free skips, and one by hand says why', { skip }, async (t) => {
  const router = await startRouter(t, 'one', 'two');
  await router.load('two');
  const agent = await startFor(
    t,
    router.url,
    { models: ['one'] },
    { schedules: [{ name: 'minutely', cron: '* * * * *', mode: 'quick' }] },
  );
  const schedules = async () => (await (await fetch(`${agent.url}/schedules`)).json()) as readonly Skipped[];
  await until(async () => (await schedules())[0]?.last_skip != null);
  t.match(await schedules(), [{ last_skip: { reason: 'model_not_loaded', detail: /if_free.*two is in memory/ } }]);
  const jobs = await (await fetch(`${agent.url}/jobs`)).json();
  t.same(jobs, [], 'no job has failed');
  const job = await ended(agent, (await ask(agent, 'model=one')).job_id);
  t.match(job, { status: 'error', error: /'one', but it is not loaded.*Loaded there: two.*load: always/ });
  t.same(await router.loaded(), ['two']);
});

interface Skipped {
  readonly last_skip: { readonly reason: string; readonly detail: string } | null;
}

t.test(
  'an agent that is killed in the middle leaves it to the next one to put the server right',
  { skip },
  async (t) => {
    const router = await startRouter(t, 'one', 'two');
    await router.load('two');
    const target = { models: ['one'], load: 'always' };
    const agent = await startFor(t, router.url, target);
    await ask(agent, 'model=one');
    await until(async () => (await router.loaded()).join() === 'one');
    agent.typhon.kill('SIGKILL');
    await agent.typhon.ended();
    t.equal(journalOf(agent.storage).length, 1);
    const file = join(await temporaryFolder(t), 'typhon.yaml');
    writeFileSync(file, stringify({ targets: [{ name: 'router', url: router.url, ...target }], schedules: [] }));
    await startAgent(t, { storage: agent.storage, more: ['--config.file', file] });
    await until(() => journalOf(agent.storage).length === 0);
    t.same(await router.loaded(), ['two']);
  },
);
