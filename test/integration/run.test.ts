import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { CANARY_PROMPT } from '../../src/benchmark/canary/canary-prompt.js';
import { type BenchmarkResult, benchmarkResultSchema } from '../../src/benchmark/result.js';
import type { FakeLlmSettings } from '../fixtures/fake-llm/options.js';
import { type ForkedFakeLlmServer, forkFakeLlmServer } from '../fixtures/forked-fake-llm-server.js';
import { listening } from '../fixtures/listening.js';
import {
  isAlive,
  runnersOf,
  startTyphon,
  type TyphonEnd,
  type TyphonProcess,
  until,
} from '../fixtures/typhon-process.js';

// A context of 2,048 tokens leaves the shortest plan: a short prompt, one sweep, one long answer.
const QUICK: FakeLlmSettings = { contextLength: 2048, tokenGapMs: 0.05, ttftMs: 1 };
const MODEL = { object: 'list', data: [{ id: 'fake-model', object: 'model', owned_by: 'vllm', max_model_len: 2048 }] };

async function fakeServer(t: Test, settings: FakeLlmSettings = {}): Promise<ForkedFakeLlmServer> {
  const server = await forkFakeLlmServer({ ...QUICK, ...settings });
  t.teardown(() => server.close());
  return server;
}

interface RunOptions {
  readonly target: string;
  readonly storage: string;
  readonly more?: readonly string[];
}

function startRun(t: Test, { target, storage, more = [] }: RunOptions): TyphonProcess {
  return startTyphon(t, ['run', '--mode', 'quick', '--target', target, '--storage.path', storage, ...more]);
}

function resultOf({ stdout }: TyphonEnd): BenchmarkResult {
  return benchmarkResultSchema.parse(JSON.parse(stdout));
}

async function json(path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, 'utf8'));
}

async function rows(storage: string): Promise<readonly Record<string, unknown>[]> {
  const text = await readFile(join(storage, 'chronicle.jsonl'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

type Profile = BenchmarkResult['profile_snapshot'] & { readonly machine_id: string };

/** Fails the test where anything of a run was recorded. */
async function nothingRecorded(t: Test, storage: string): Promise<void> {
  const names = await readdir(storage);
  t.notOk(names.includes('last_run.json'), 'no last_run.json');
  t.notOk(names.includes('chronicle.jsonl'), 'no chronicle');
  t.same(await readdir(join(storage, 'runs')), [], 'no run folder');
}

t.test('two runs: the result on stdout is the one on disk, and no prompt comes twice', async (t) => {
  const server = await fakeServer(t);
  const storage = t.testdir({});
  const results: BenchmarkResult[] = [];
  for (let run = 0; run < 2; run += 1) {
    const end = await startRun(t, { target: server.url, storage, more: ['--json'] }).ended();
    t.equal(end.code, 0, end.stderr);
    const result = resultOf(end);
    results.push(result);
    t.same(await json(join(storage, 'last_run.json')), result);
    t.same(await json(join(storage, 'runs', result.run_id, 'result.json')), result);
    t.match(await json(join(storage, 'logs', 'jobs', `${result.job_id}.json`)), { status: 'done', trigger: 'cli' });
    t.match(await readFile(join(storage, 'logs', `${result.job_id}.log`), 'utf8'), `Recorded as ${result.run_id}`);
  }
  const [first, second] = results;
  t.not(first?.run_id, second?.run_id);
  t.equal(first?.machine_id, second?.machine_id);
  const { cpu, ram, gpus, os, machine_id: machineId } = (await json(join(storage, 'hardware_profile.json'))) as Profile;
  t.equal(machineId, first?.machine_id);
  for (const result of results)
    t.same(result.profile_snapshot, { cpu, ram, gpus, os }, 'as hardware_profile.json has it');
  t.match(first, { mode: 'quick', model: 'fake-model', server: { api_base: server.url, port: server.port } });
  for (const test of first?.benchmarks ?? []) {
    t.equal(test.error, null, test.test_id);
    t.equal(test.completion_tokens, test.max_tokens, test.test_id);
  }
  const recorded = await rows(storage);
  t.same(
    recorded.map(({ run_id, test_id }) => [run_id, test_id]),
    results.flatMap(({ run_id, benchmarks }) => benchmarks.map(({ test_id }) => [run_id, test_id])),
  );
  for (const row of recorded) {
    const test = results
      .find(({ run_id }) => run_id === row['run_id'])
      ?.benchmarks.find(({ test_id }) => test_id === row['test_id']);
    t.equal(row['avg_tps'], test?.avg_tps);
    t.equal(row['avg_ttft_s'], test?.avg_ttft_s);
  }
  const chats = (await server.schedule()).filter(({ path }) => path.startsWith('/v1/chat/'));
  const asked = chats.map(({ body }) => JSON.stringify((body as { messages: unknown }).messages));
  // All but the canary's, which is about the answer.
  const prompts = asked.filter((text) => !text.includes(JSON.stringify(CANARY_PROMPT)));
  t.equal(asked.length - prompts.length, 2 * 3, 'a thrown-away one and two for each run');
  t.equal(new Set(prompts).size, prompts.length, `${prompts.length} prompts, all different`);
});

t.test('without --json a table, and where the result is', async (t) => {
  const server = await fakeServer(t);
  const storage = t.testdir({});
  const end = await startRun(t, { target: server.url, storage }).ended();
  t.equal(end.code, 0, end.stderr);
  const last = benchmarkResultSchema.parse(await json(join(storage, 'last_run.json')));
  t.match(end.stdout, /^Test +Decode tok\/s +Prefill tok\/s +TTFT/m);
  for (const { name } of last.benchmarks) t.match(end.stdout, name);
  t.match(end.stdout, `Recorded as ${last.run_id}.`);
});

t.test('Ctrl-C ends it with 130, and nothing is recorded', async (t) => {
  const server = await fakeServer(t, { fault: { kind: 'stall', afterTokens: 3 } });
  const storage = t.testdir({});
  const run = startRun(t, { target: server.url, storage });
  await run.written(/\[1\/\d\]/);
  await until(async () => (await server.schedule()).some(({ events }) => events.some(({ tokens }) => tokens > 0)));
  const [runner] = runnersOf(run.pid);
  run.kill('SIGINT');
  const end = await run.ended();
  t.equal(end.code, 130);
  t.match(end.stderr, 'Interrupted. Nothing was recorded.');
  await nothingRecorded(t, storage);
  t.same(await readdir(join(storage, 'logs', 'jobs')), [], 'no job');
  t.type(runner, 'number');
  if (runner !== undefined) t.notOk(isAlive(runner), 'the runner is gone');
});

t.test('Ctrl-C before the server was found ends it too', async (t) => {
  const silent = createServer(() => undefined);
  const port = await listening(t, silent);
  const asked = new Promise((resolve) => silent.once('request', resolve));
  const storage = t.testdir({});
  const run = startRun(t, { target: `http://127.0.0.1:${port}`, storage });
  await asked;
  run.kill('SIGTERM');
  t.equal((await run.ended()).code, 130);
  await nothingRecorded(t, storage);
});

t.test('kill -9 leaves no runner', async (t) => {
  const server = await fakeServer(t, { fault: { kind: 'stall', afterTokens: 3 } });
  const storage = t.testdir({});
  const run = startRun(t, { target: server.url, storage });
  const runners = await until(() => {
    const found = runnersOf(run.pid);
    return found.length > 0 && found;
  });
  run.kill('SIGKILL');
  await run.ended();
  await until(() => runners.every((pid) => !isAlive(pid)));
  await nothingRecorded(t, storage);
  const again = await fakeServer(t);
  t.equal((await startRun(t, { target: again.url, storage }).ended()).code, 0, 'the same storage path still works');
  t.equal((await rows(storage)).length, 4);
});

t.test('a line of the chronicle that a crash had torn is told, and what follows is whole', async (t) => {
  const server = await fakeServer(t);
  const storage = t.testdir({ 'chronicle.jsonl': '{"run_at":"2026-11-2' });
  const end = await startRun(t, { target: server.url, storage }).ended();
  t.equal(end.code, 0, end.stderr);
  t.match(end.stderr, /a crash had torn the last line of the chronicle/);
  const [torn, ...whole] = (await readFile(join(storage, 'chronicle.jsonl'), 'utf8')).trimEnd().split('\n');
  t.equal(torn, '{"run_at":"2026-11-2');
  t.equal(whole.map((line) => JSON.parse(line)).length, 4);
});

t.test('a server that resets a test: the others count, the failed one says why', async (t) => {
  const reset = { kind: 'reset', afterTokens: 5 } as const;
  // Without a tokenizer the first two requests of a run are thrown away; the three of the first test fail, its second
  // warm-up, and the further one that is tried.
  const server = await fakeServer(t, { faults: [null, null, ...Array(5).fill(reset)] });
  const storage = t.testdir({});
  const end = await startRun(t, { target: server.url, storage, more: ['--json'] }).ended();
  t.equal(end.code, 0, end.stderr);
  const [first, ...others] = resultOf(end).benchmarks;
  t.match(first, { test_id: 'baseline_short', error: 'connection_reset', successful_runs: 0, avg_tps: null });
  for (const test of others) t.equal(test.error, null, test.test_id);
  t.same(
    (await rows(storage)).map(({ test_id }) => test_id),
    others.map(({ test_id }) => test_id),
  );
});

t.test('a server that goes away and comes back is waited for', async (t) => {
  const server = await fakeServer(t, { fault: { kind: 'stall', afterTokens: 3 } });
  const storage = t.testdir({});
  const run = startRun(t, { target: server.url, storage, more: ['--json'] });
  await until(async () => (await server.schedule()).some(({ events }) => events.some(({ tokens }) => tokens > 0)));
  await server.set({ fault: { kind: 'reset', afterTokens: 3 } });
  await server.refuse();
  await run.written(/The server went away/);
  await server.set({ fault: undefined });
  await server.listenAgain();
  const end = await run.ended();
  t.equal(end.code, 0, end.stderr);
  const { benchmarks } = resultOf(end);
  t.match(benchmarks[0]?.error, /^connection_/);
  t.same(
    benchmarks.slice(1).map(({ error }) => error),
    [null, null, null],
  );
});

t.test('what cannot be measured ends with 1 and the reason in words', async (t) => {
  const web = createServer((_request, response) => void response.end('hello'));
  const port = await listening(t, web);
  const locked = await fakeServer(t, { apiKey: 'right' });
  const open = await fakeServer(t);
  const down = await forkFakeLlmServer();
  await down.close();
  const cases = [
    { name: 'nothing listens', target: down.url, words: /refused/ },
    { name: 'not an LLM server', target: `http://127.0.0.1:${port}`, words: /LLM server|recogni/i },
    { name: 'no key', target: locked.url, words: /key|401/i },
    { name: 'unknown model', target: open.url, more: ['--model', 'no-such'], words: /no-such.*fake-model/s },
  ];
  for (const { name, target, words, more } of cases) {
    await t.test(name, async (t) => {
      const storage = t.testdir({});
      const end = await startRun(t, { target, storage, ...(more === undefined ? {} : { more }) }).ended();
      t.equal(end.code, 1, end.stderr);
      t.match(end.stderr, words);
      t.notMatch(end.stderr, /\n\s+at /, 'no stack');
      await nothingRecorded(t, storage);
    });
  }
});

t.test('a key of the configuration is sent, and never shown', async (t) => {
  const server = await fakeServer(t, { apiKey: 'right-key' });
  const folder = t.testdir({});
  const storage = join(folder, 'data');
  const config = join(folder, 'typhon.yaml');
  await writeFile(config, `targets: [{ name: here, url: "${server.url}", api_key: right-key }]\n`);
  const end = await startTyphon(t, [
    ...['run', '--mode', 'quick', '--json', '--config.file', config, '--storage.path', storage, '--log.level', 'debug'],
  ]).ended();
  t.equal(end.code, 0, end.stderr);
  t.equal(resultOf(end).target, 'here');
  t.notMatch(end.stdout + end.stderr, 'right-key');
  t.notMatch(await readFile(join(storage, 'logs', `${resultOf(end).job_id}.log`), 'utf8'), 'right-key');
});

t.test('a server that hangs is a timeout', async (t) => {
  // A fixed answer for the model list, so that nothing but the chat hangs; a context without room for long prompts, whose
  // tests have more time.
  const body = { ...MODEL, data: MODEL.data.map((model) => ({ ...model, max_model_len: 1024 })) };
  const server = await fakeServer(t, { fault: { kind: 'stall' }, answers: { 'GET /v1/models': { body } } });
  const folder = t.testdir({});
  const config = join(folder, 'typhon.yaml');
  await writeFile(config, 'benchmark: { timeout: 1s }\n');
  const storage = join(folder, 'data');
  const end = await startRun(t, { target: server.url, storage, more: ['--config.file', config] }).ended();
  t.equal(end.code, 1, end.stderr);
  t.match(end.stderr, /timeout/);
  await nothingRecorded(t, storage);
});

t.test('a storage path that cannot be written ends before anything is measured', async (t) => {
  const server = await fakeServer(t);
  const folder = t.testdir({ file: 'not a folder' });
  const end = await startRun(t, { target: server.url, storage: join(folder, 'file') }).ended();
  t.equal(end.code, 1);
  t.match(end.stderr, '--storage.path');
  t.notMatch(end.stderr, /\n\s+at /, 'no stack');
  t.same(
    (await server.schedule()).filter(({ path }) => path.startsWith('/v1/chat/')),
    [],
  );
});

t.test('a folder without permission', { skip: process.getuid?.() === 0 && 'root may write anywhere' }, async (t) => {
  const folder = t.testdir({});
  await mkdir(join(folder, 'locked'));
  await chmod(join(folder, 'locked'), 0o500);
  const end = await startRun(t, { target: 'http://127.0.0.1:9', storage: join(folder, 'locked', 'data') }).ended();
  t.equal(end.code, 1);
  t.match(end.stderr, 'not writable');
});

t.test('bad usage ends with 2', async (t) => {
  const storage = t.testdir({});
  for (const args of [
    ['--mode', 'fast'],
    ['--target', 'nobody'],
    ['--target', 'ftp://127.0.0.1/'],
  ]) {
    const end = await startTyphon(t, ['run', '--storage.path', storage, ...args]).ended();
    t.equal(end.code, 2, `${args.join(' ')}: ${end.stderr}`);
    t.notMatch(end.stderr, /\n\s+at /, 'no stack');
  }
});
