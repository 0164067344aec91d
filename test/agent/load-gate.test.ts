import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { LoadGate } from '../../src/agent/load-gate.js';
import { LoadJournal } from '../../src/agent/load-journal.js';
import { ModelSteward } from '../../src/agent/model-steward.js';
import { configSchema } from '../../src/config/schema.js';
import { pendingJob, startedJob } from '../../src/jobs/job.js';
import type { JobWork } from '../../src/jobs/job-work.js';
import type { BusyVerdict } from '../../src/runner/busy-check.js';
import { openModelLoader } from '../../src/servers/registry.js';
import { resolveTarget } from '../../src/servers/target.js';
import { type LlamaSwapOptions, startLlamaSwap } from '../fixtures/llama-swap-server.js';
import { everyKind } from '../fixtures/servers/every-kind.js';
import { connectFixture, patient } from '../fixtures/servers/fixture-server.js';
import { idleLemonade } from '../fixtures/servers/gateways/lemonade.js';
import { olderLmstudio } from '../fixtures/servers/lmstudio.js';
import { startSleepingVllm } from '../fixtures/vllm-server.js';

const logger = pino({ level: 'silent' });
const now = () => new Date();

interface Bench {
  readonly find: (trigger: string, model: string, signal?: AbortSignal) => ReturnType<LoadGate['targetOf']>;
  readonly steward: ModelSteward;
  readonly journal: string;
  readonly said: string[];
}

interface BenchOptions {
  readonly verdict?: BusyVerdict;
  readonly more?: object;
}

function workOf(trigger: string, signal: AbortSignal, said: string[]): JobWork {
  return {
    job: startedJob(pendingJob('a3f1c820', { mode: 'quick', trigger }, now()), now()),
    recorded: Promise.resolve(),
    log: { write: (words) => void said.push(words) },
    signal,
    pause: new AbortController().signal,
    progress: () => undefined,
    chosen: () => undefined,
    commit: () => true,
  };
}

function bench(
  t: Test,
  url: string,
  target: object,
  { verdict = { busy: false }, more = {} }: BenchOptions = {},
): Bench {
  const config = configSchema.parse({ targets: [{ name: 'box', url, ...target }], ...more });
  const folder = t.testdir({});
  const journal = new LoadJournal({ file: join(folder, 'model_loads.json'), pid: process.pid, logger });
  const steward = new ModelSteward({ config: () => config, journal, now, logger, retryMs: 10, isIdle: () => true });
  t.teardown(() => steward.close(0));
  const gate = { look: async () => verdict, pass: async () => undefined, loadEnded: () => undefined };
  const loads = new LoadGate({ config: () => config, steward, gate, now });
  const said: string[] = [];
  return {
    steward,
    said,
    journal: join(folder, `model_loads.${process.pid}.json`),
    find: (trigger, model, signal = patient) =>
      loads.targetOf(workOf(trigger, signal, said), async (loaded = model) => {
        return (await resolveTarget({ configured: config.targets, model: loaded }, { signal })).target;
      }),
  };
}

function swapping(t: Test, options: Partial<LlamaSwapOptions> = {}) {
  return startLlamaSwap(t, { models: ['a', 'b', 'c'], running: 'c', ...options });
}

t.test(
  'load: never leaves everything as it is: a schedule skips, one by hand is told what would allow it',
  async (t) => {
    const server = await swapping(t);
    const { find } = bench(t, server.apiBase, { models: ['a'], load: 'never' });
    const skip = { name: 'JobSkip', code: 'model_not_loaded' };
    await t.rejects(find('schedule:nightly', 'a'), skip);
    const words = /'a', but it is not loaded\. Loaded there: c.*box has 'a' under models and load: if_free or always/;
    await t.rejects(find('api', 'a'), { name: 'ServerError', code: 'model_not_loaded', message: words });
    t.same(server.starts, []);
  },
);

t.test('load: if_free pushes nothing out, and loads where there is room', async (t) => {
  const server = await swapping(t);
  const full = bench(t, server.apiBase, { models: ['a'] });
  const words = /c is in memory; load: always/;
  await t.rejects(full.find('schedule:nightly', 'a'), { name: 'JobSkip', code: 'model_not_loaded', message: words });
  t.same(server.starts, []);
  const free = await swapping(t, { running: undefined });
  const { find, steward } = bench(t, free.apiBase, { models: ['a'] });
  t.match(await find('api', 'a'), { model: 'a', modelLoadS: Number });
  t.equal(free.running(), 'a');
  await steward.restore();
  t.equal(free.running(), undefined);
});

t.test('load: if_free loads nothing while somebody is at work', async (t) => {
  const server = await swapping(t, { running: undefined });
  const { find } = bench(
    t,
    server.apiBase,
    { models: ['a'] },
    { verdict: { busy: true, reason: 'gpu_busy', detail: 'a game' } },
  );
  await t.rejects(find('schedule:nightly', 'a'), { name: 'JobSkip', code: 'gpu_busy' });
  await t.rejects(find('api', 'a'), { name: 'ServerError', code: 'model_not_loaded', message: /a game/ });
  t.same(server.starts, []);
});

t.test('a model that the configuration does not name is not loaded, whatever it allows for others', async (t) => {
  const server = await swapping(t);
  const { find } = bench(t, server.apiBase, { models: ['a'], load: 'always' });
  await t.rejects(find('api', 'b'), { name: 'ServerError', code: 'model_not_loaded' });
  t.same(server.starts, []);
});

t.test('load: always pushes out what is loaded and puts it back', async (t) => {
  const server = await swapping(t);
  const { find, steward, journal } = bench(t, server.apiBase, { models: 'all', load: 'always' });
  t.match(await find('api', 'a'), { model: 'a', modelLoadS: Number });
  t.match(JSON.parse(readFileSync(journal, 'utf8')), [{ target: 'box', found: [{ id: 'c' }], loaded: ['a'] }]);
  t.match(await find('api', 'b'), { model: 'b', modelLoadS: Number });
  await steward.restore('box');
  t.equal(server.running(), 'b', 'not while the next job goes on there');
  await steward.restore();
  t.same(server.starts, ['a', 'b', 'c']);
  t.throws(() => readFileSync(journal), { code: 'ENOENT' });
});

t.test('where loading fails it is said in the words of the server, and what was pushed out comes back', async (t) => {
  const server = await swapping(t, { broken: ['a'] });
  const { find, steward } = bench(t, server.apiBase, { models: 'all', load: 'always' });
  await t.rejects(find('schedule:nightly', 'a'), {
    name: 'ServerError',
    code: 'load_failed',
    message: /unable to start/,
  });
  await steward.restore();
  t.equal(server.running(), 'c');
});

t.test('what somebody else has loaded meanwhile stays', async (t) => {
  const server = await swapping(t);
  const { find, steward } = bench(t, server.apiBase, { models: ['a'], load: 'always' });
  await find('api', 'a');
  await fetch(`${server.apiBase}/upstream/b/health`);
  await steward.restore();
  t.equal(server.running(), 'b');
});

t.test('a server that sleeps is woken where loading is allowed, and sleeps again', async (t) => {
  const server = await startSleepingVllm(t);
  const never = bench(t, server.apiBase, {});
  await t.rejects(never.find('schedule:nightly', 'auto'), { name: 'JobSkip', code: 'server_asleep' });
  await t.rejects(never.find('api', 'auto'), {
    code: 'server_asleep',
    message: /would wake it.*load: if_free or always/,
  });
  t.same(server.told, []);
  const { find, steward } = bench(t, server.apiBase, { models: ['Qwen/Qwen3-8B'] });
  t.match(await find('schedule:nightly', 'Qwen/Qwen3-8B'), { model: 'Qwen/Qwen3-8B', modelLoadS: Number });
  t.equal(server.isAsleep(), false);
  await steward.restore();
  t.equal(server.isAsleep(), true);
  t.same(server.told, ['POST /wake_up', 'POST /sleep?level=1&mode=wait']);
});

t.test(
  'a load that takes longer than benchmark.load_timeout is given up, and what was pushed out comes back',
  async (t) => {
    const server = await swapping(t, { stuck: ['a'] });
    const more = { benchmark: { load_timeout: '2s' } };
    const { find, steward } = bench(t, server.apiBase, { models: ['a'], load: 'always' }, { more });
    const failure = { name: 'ServerError', code: 'load_failed', message: /within 2 s \(benchmark\.load_timeout\)/ };
    await t.rejects(find('schedule:nightly', 'a'), failure);
    await steward.restore();
    t.equal(server.running(), 'c');
  },
);

t.test('load: always is refused of every server that cannot unload, before it is told anything', async (t) => {
  const fixtures = [...Object.values(everyKind).flatMap(([first]) => first ?? []), olderLmstudio];
  const refused: string[] = [];
  for (const fixture of fixtures) {
    const { server, requests } = await connectFixture(t, fixture, fixture.apiKey);
    const means = { now, signal: patient };
    const loader = await openModelLoader({ kind: fixture.kind, name: server.name, apiBase: server.apiBase }, means);
    if (loader?.canUnload === true) continue;
    const [model = { id: 'none' }] = await server.models(patient);
    const before = requests.filter(({ line }) => line.startsWith('POST')).length;
    const { find } = bench(t, server.apiBase, { models: [model.id], load: 'always', api_key: fixture.apiKey });
    const message = /cannot be told to unload a model: target box can have load: never or if_free, not always/;
    await t.rejects(find('api', model.id), { name: 'ServerError', code: 'unsupported', message }, fixture.kind);
    const told = requests.filter(({ line }) => line.startsWith('POST')).slice(before);
    // A server that only a chat tells apart is recognised once more.
    t.notOk(
      told.some(({ line }) => /load|sleep|wake|generate/.test(line)),
      fixture.kind,
    );
    refused.push(fixture.kind);
  }
  t.ok(refused.length > 10, refused.join());
});

t.test('a server that cannot be told to load says so where its model is not loaded', async (t) => {
  const { server } = await connectFixture(t, idleLemonade);
  const [model] = await server.models(patient);
  const { find } = bench(t, server.apiBase, { models: [model?.id] });
  const message = /is not loaded\..*Lemonade.* cannot be told to load a model/;
  await t.rejects(find('api', model?.id ?? ''), { code: 'model_not_loaded', message });
  await t.rejects(find('schedule:nightly', model?.id ?? ''), { name: 'JobSkip', code: 'model_not_loaded', message });
});
