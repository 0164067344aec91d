import t, { type Test } from 'tap';
import type { FakeLlmOptions } from '../fixtures/fake-llm/options.js';
import { tokenEvents } from '../fixtures/fake-llm/recorded-request.js';
import { type FakeLlmServer, startFakeLlmServer } from '../fixtures/fake-llm-server.js';
import { forkFakeLlmServer } from '../fixtures/forked-fake-llm-server.js';
import { dataEvents, rawChat } from '../fixtures/raw-chat.js';

async function started(t: Test, options: FakeLlmOptions): Promise<FakeLlmServer> {
  const server = await startFakeLlmServer({ ttftMs: 0, tokenGapMs: 0, ...options });
  t.teardown(() => server.close());
  return server;
}

function asking(content: string, fields: object = {}): object {
  return { messages: [{ role: 'user', content }], max_tokens: 1, stream_options: { include_usage: true }, ...fields };
}

t.test('lists its models, counts words as tokens and says that it is well', async (t) => {
  const server = await started(t, {
    contextLength: 4096,
    models: [{ id: 'here', loaded: true }, { id: 'there', loaded: false }, { id: 'somewhere' }],
    answers: { 'GET /props': { body: { build_info: 'b1' } }, 'GET /': { contentType: 'text/plain', body: 'running' } },
  });
  const models = await (await fetch(`${server.url}/v1/models`)).json();
  t.match(models, {
    object: 'list',
    data: [
      { id: 'here', status: { value: 'loaded' }, max_model_len: 4096 },
      { id: 'there', status: { value: 'unloaded' } },
      { id: 'somewhere', status: undefined },
    ],
  });
  const tokenize = (): Promise<Response> =>
    fetch(`${server.url}/tokenize`, { method: 'POST', body: JSON.stringify({ content: 'one  two\nthree' }) });
  t.match(await (await tokenize()).json(), { tokens: [0, 1, 2], count: 3 });
  server.set({ tokenize: false });
  t.equal((await tokenize()).status, 404);
  t.equal((await fetch(`${server.url}/health`)).status, 200);
  t.match(await (await fetch(`${server.url}/props`)).json(), { build_info: 'b1' });
  t.equal(await (await fetch(server.url)).text(), 'running');
  t.equal((await fetch(`${server.url}/nowhere`)).status, 404);
});

t.test('refuses a wrong key, a model it lacks, a prompt that does not fit and a body that is no request', async (t) => {
  const server = await started(t, { apiKey: 'secret', contextLength: 12, templateTokens: 8 });
  t.match(await rawChat(server.url), { status: 401, body: /Invalid API Key/ });
  t.equal((await fetch(`${server.url}/v1/models`)).status, 401);
  const withKey = { headers: { authorization: 'Bearer secret' } };
  t.match(await rawChat(server.url, { model: 'other' }, withKey), { status: 404, body: /`other` does not exist/ });
  const tooLong = await rawChat(server.url, asking('one two three four'), withKey);
  t.equal(tooLong.status, 400);
  t.match(JSON.parse(tooLong.body), { error: { type: 'exceed_context_size_error', n_prompt_tokens: 12, n_ctx: 12 } });
  t.match(await rawChat(server.url, { messages: 'hi' }, withKey), { status: 400 });
  const cut = await rawChat(server.url, asking('one two', { max_tokens: 9 }), withKey);
  t.match(dataEvents(cut.body).at(-1), { usage: { prompt_tokens: 10, completion_tokens: 2 } });
});

t.test('a prefix cache makes a known beginning fast and says so', async (t) => {
  const server = await started(t, { prefixCache: true, ttftMs: 20, prefillTokensPerSecond: 1000, templateTokens: 0 });
  const text = 'a b c d e f g h i j';
  const ttft = (index: number): number => {
    const request = server.requests[index];
    const first = request ? tokenEvents(request)[0]?.dueMs : undefined;
    return Math.round((first ?? Number.NaN) - (request?.receivedMs ?? Number.NaN));
  };
  const cached = async (content: string, fields: object = {}): Promise<unknown> => {
    const { body } = await rawChat(server.url, asking(content, fields));
    const usage = dataEvents(body).at(-1)?.['usage'] as Record<string, unknown>;
    return usage['prompt_tokens_details'];
  };
  t.same(await cached(text), { cached_tokens: 0 });
  t.same(await cached(text), { cached_tokens: 9 }, 'all but the token that is always computed');
  t.same(await cached('a b c d e other words come after here'), { cached_tokens: 5 });
  t.same(await cached(`nonce ${text}`), { cached_tokens: 0 });
  t.same(await cached(text, { cache_prompt: false }), { cached_tokens: 0 });
  t.same(await cached(text, { cache_salt: 'other' }), { cached_tokens: 0 });
  server.set({ reportsCachedTokens: false });
  t.equal(await cached(text), undefined);
  t.same([0, 1, 2, 3, 4, 5, 6].map(ttft), [30, 3, 15, 31, 30, 30, 3]);
});

t.test('answers beyond the concurrency limit wait their turn', async (t) => {
  const server = await started(t, { concurrencyLimit: 1, tokenGapMs: 1 });
  await Promise.all([rawChat(server.url, asking('one')), rawChat(server.url, asking('two'))]);
  const [first, second] = server.chatRequests;
  t.ok((second?.events[0]?.sentMs ?? Number.NaN) >= (first?.events.at(-1)?.sentMs ?? Number.NaN));
});

t.test('streams that share the throughput slow each other down', async (t) => {
  const server = await started(t, { sharedThroughput: true, ttftMs: 60, tokenGapMs: 4 });
  const twoTokens = asking('hi', { max_tokens: 2 });
  await Promise.all([rawChat(server.url, twoTokens), rawChat(server.url, twoTokens)]);
  await rawChat(server.url, twoTokens);
  const gaps = server.chatRequests.map((request) => {
    const [first, second] = tokenEvents(request);
    return Math.round((second?.dueMs ?? Number.NaN) - (first?.dueMs ?? Number.NaN));
  });
  t.equal(gaps[0], 8);
  t.equal(gaps[2], 4);
});

t.test('streams in step get their tokens at the same moments', async (t) => {
  const server = await started(t, { stepMs: 10, tokenGapMs: 10 });
  const threeTokens = asking('hi', { max_tokens: 3 });
  await Promise.all([rawChat(server.url, threeTokens), rawChat(server.url, threeTokens)]);
  const dues = server.chatRequests.flatMap((request) => tokenEvents(request).map(({ dueMs }) => dueMs / 10));
  t.same(dues, dues.map(Math.round));
});

t.test('runs in a process of its own, changed and asked from here', async (t) => {
  const server = await forkFakeLlmServer({ ttftMs: 3, tokenGapMs: 1 });
  t.teardown(() => server.close());
  await rawChat(server.url, asking('hi', { max_tokens: 4 }));
  await server.set({ fault: { kind: 'status', status: 500, body: 'empty' } });
  t.equal((await rawChat(server.url)).status, 500);
  const [first] = await server.schedule();
  const events = first ? tokenEvents(first) : [];
  t.equal(events.length, 4);
  t.ok(events.every((event) => event.sentMs >= event.dueMs));
  await server.refuse();
  t.equal((await rawChat(server.url)).errorCode, 'ECONNREFUSED');
  await server.listenAgain();
  await server.set({ fault: { kind: 'die', afterTokens: 1 } });
  await rawChat(server.url, asking('hi', { max_tokens: 4 }));
  await server.exited();
  t.equal((await rawChat(server.url)).errorCode, 'ECONNREFUSED');
  await t.rejects(server.schedule());
});
