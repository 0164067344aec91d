import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type AnswerEnd, type AskOptions, askMachine } from '../../src/ask/ask.js';
import { takeLock } from '../../src/chronicle/lock.js';
import { machineReport } from '../../src/trends/report/machine-report.js';
import { benchmarkResult } from '../fixtures/benchmark-result.js';
import type { FakeLlmOptions } from '../fixtures/fake-llm/options.js';
import { startFakeLlmServer } from '../fixtures/fake-llm-server.js';

const now = () => new Date('2026-11-21T14:30:45.123Z');
const limits = { firstWordMs: 60_000, totalMs: 60_000, tokens: 4, characters: 1000 };

async function desk(t: Test, options: FakeLlmOptions = {}) {
  const server = await startFakeLlmServer({ tokenGapMs: 0, eosAfter: 3, ...options });
  t.teardown(() => server.close());
  const { server: identity, ...rest } = benchmarkResult();
  const result = { ...rest, model: 'fake-model', server: { ...identity, api_base: server.url } };
  const asked: AskOptions = {
    question: 'How fast is it?',
    record: { result, trends: [], report: machineReport(result, [], { now: now() }) },
    environment: {},
    targets: [],
    ownNames: [],
    lockFile: join(t.testdir({}), 'turn.lock'),
    now,
    signal: new AbortController().signal,
    limits,
  };
  return { server, asked };
}

async function answered(options: AskOptions): Promise<{ text: string; end: AnswerEnd }> {
  const { pieces } = await askMachine(options);
  let text = '';
  for (;;) {
    const { done, value } = await pieces.next();
    if (done === true) return { text, end: value };
    text += value;
  }
}

t.test('the model is told the figures and the question, and its words come back', async (t) => {
  const { server, asked } = await desk(t);
  t.same(await answered(asked), { text: 'quiet rivers carry \n', end: { kind: 'finished' } });
  t.match(server.chatRequests[0]?.body, {
    messages: [{ role: 'system' }, { role: 'user', content: /decode 82\.5 tokens\/s.*How fast is it\?$/s }],
  });
  await answered({ ...asked, question: undefined });
  t.match(server.chatRequests[1]?.body, { messages: [{}, { content: /The question: How does this machine do\?/ }] });
});

t.test('without a result nobody is asked', async (t) => {
  const { server, asked } = await desk(t);
  await t.rejects(askMachine({ ...asked, record: undefined }), { name: 'AskError', code: 'no_data' });
  t.same(server.requests, []);
});

t.test('while a benchmark has the machine nobody is asked, and none begins before the answer has ended', async (t) => {
  const { server, asked } = await desk(t);
  const turn = { path: asked.lockFile, purpose: 'benchmark a3f1c820', now };
  const benchmark = await takeLock(turn);
  if (benchmark.held) throw new Error('the turn is free');
  await t.rejects(askMachine(asked), { code: 'busy', message: /benchmark a3f1c820/ });
  t.same(server.requests, []);
  await benchmark.release();
  const { pieces } = await askMachine(asked);
  t.match(await takeLock(turn), { held: true, by: { purpose: 'the answer to a question' } });
  await t.rejects(askMachine(asked), { code: 'busy' }, 'a second question disturbs the first');
  for await (const _ of pieces);
  t.notOk(existsSync(asked.lockFile));
});

t.test('a model on another machine that is not measured disturbs nothing', async (t) => {
  const { asked } = await desk(t);
  writeFileSync(asked.lockFile, JSON.stringify({ pid: process.pid, purpose: 'x', since: '', started: null }));
  const environment = { TYPHON_LLM_URL: 'http://llm.invalid', TYPHON_LLM_MODEL: 'x' };
  await t.rejects(
    askMachine({ ...asked, environment }),
    { code: 'model_failed' },
    'it is asked, and cannot be reached',
  );
  const targets = [
    {
      name: 'far',
      url: 'http://llm.invalid',
      models: 'auto' as const,
      load: 'never' as const,
      gpus: [],
      labels: {},
      apiKey: undefined,
    },
  ];
  await t.rejects(askMachine({ ...asked, environment, targets }), { code: 'busy' }, 'it is one that is measured');
});

t.test('of a small context half is left to the report', async (t) => {
  const { server, asked } = await desk(t);
  const { record } = asked;
  if (record === undefined) throw new Error('a record was expected');
  const small = { ...record.result, server: { ...record.result.server, context_length: 2048 } };
  const options = { ...asked, record: { ...record, result: small }, limits: { ...limits, tokens: 5000 } };
  await answered(options);
  t.match(server.chatRequests[0]?.body, { max_tokens: 1024 });
  await answered({ ...options, record });
  t.match(server.chatRequests[1]?.body, { max_tokens: 5000 });
});

t.test('a failure before the first word is an error, and the turn is given back', async (t) => {
  const { server, asked } = await desk(t);
  const faults: FakeLlmOptions[] = [
    { fault: { kind: 'status', status: 503, body: 'json' } },
    { fault: { kind: 'reset' } },
    { fault: { kind: 'empty' } },
    { fault: undefined, reasoning: { field: 'reasoning', tokens: 100 } },
  ];
  for (const fault of faults) {
    server.set(fault);
    await t.rejects(askMachine(asked), { name: 'AskError', code: 'model_failed' });
    t.notOk(existsSync(asked.lockFile));
  }
});

t.test('a failure in the middle is the last line', async (t) => {
  const { server, asked } = await desk(t);
  server.set({ fault: { kind: 'stream-error', afterTokens: 2, form: 'data', message: 'out of memory' } });
  const { text, end } = await answered(asked);
  t.equal(text, 'quiet rivers \n\n[typhon: the model failed in the middle of its answer: out of memory]\n');
  t.equal(end.kind, 'failed');
  t.notOk(existsSync(asked.lockFile));
});

t.test('a model that never ends is cut off by length', async (t) => {
  const { server, asked } = await desk(t, { eosAfter: 1_000_000 });
  const tokens = await answered(asked);
  t.match(tokens.text, /^quiet rivers carry old \n\n\[typhon: the answer ends here, .* 4 tokens at most\]\n$/);
  t.equal(tokens.end.kind, 'cut');
  const characters = await answered({ ...asked, limits: { ...limits, tokens: 1_000_000, characters: 30 } });
  t.equal(characters.text, 'quiet rivers carry old stones \n\n[typhon: the answer was cut off after 30 characters]\n');
  t.equal(characters.end.kind, 'cut');
  await server.until(() => server.chatRequests[1]?.abandonedMs !== undefined);
  t.notOk(existsSync(asked.lockFile));
});

t.test('a model that falls silent is cut off by time, before its first word and after', async (t) => {
  const { server, asked } = await desk(t);
  server.set({ fault: { kind: 'stall', afterTokens: 2 } });
  const { text, end } = await answered({ ...asked, limits: { ...limits, totalMs: 300 } });
  t.match(text, /^quiet rivers \n\n\[typhon: the answer was cut off: it had not ended after 0\.3 s\]\n$/);
  t.equal(end.kind, 'cut');
  server.set({ fault: { kind: 'stall' } });
  await t.rejects(askMachine({ ...asked, limits: { ...limits, firstWordMs: 1 } }), {
    code: 'model_failed',
    message: /no word came within 0\.001 s/,
  });
  await server.until(() => server.chatRequests.every(({ abandonedMs }) => abandonedMs !== undefined));
  t.notOk(existsSync(asked.lockFile));
});

t.test('whoever leaves ends the model and gives the turn back', async (t) => {
  const { server, asked } = await desk(t, { fault: { kind: 'stall', afterTokens: 1 } });
  const left = new AbortController();
  await askMachine({ ...asked, signal: left.signal });
  left.abort();
  await server.until(() => server.chatRequests[0]?.abandonedMs !== undefined);
  while (existsSync(asked.lockFile)) await new Promise((resolve) => setImmediate(resolve));
  const before = askMachine({ ...asked, signal: left.signal });
  await t.rejects(before, { name: 'AbortError' });
});

t.test('what a terminal would take for a command is left out', async (t) => {
  const body =
    'data: {"choices":[{"delta":{"content":"\\u001b[2Jfast\\u0007\\r\\n\\tyes"},"finish_reason":"stop"}]}\n\n';
  const { asked } = await desk(t, { fault: { kind: 'not-sse', contentType: 'text/event-stream', body } });
  t.equal((await answered(asked)).text, '[2Jfast\n\tyes\n');
});
