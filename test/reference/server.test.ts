import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { pino } from 'pino';
import t from 'tap';
import { BODY_LIMIT_BYTES } from '../../src/reference/json-body.js';
import { modelSizes } from '../../src/reference/model-size.js';
import { type ReferenceServerOptions, startReferenceServer } from '../../src/reference/server.js';
import { NONE } from '../fixtures/none.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';

const cacheDir = await temporaryFolder(t);
const options: ReferenceServerOptions = {
  size: 'tiny',
  cacheDir,
  host: '127.0.0.1',
  port: 0,
  version: '1.2.3',
  logger: pino({ level: 'silent' }),
  now: () => new Date('2026-01-02T03:04:05Z'),
};
const server = await startReferenceServer(options);
t.teardown(() => server.close());

interface Chunk {
  readonly model: string;
  readonly created: number;
  readonly choices: readonly { readonly delta: { readonly content?: string }; readonly finish_reason: string | null }[];
  readonly usage?: Usage;
  readonly timings?: Readonly<Record<string, number>>;
}

interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly prompt_tokens_details: { readonly cached_tokens: number };
}

function post(path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return fetch(`${server.url}${path}`, { method: 'POST', body: text, ...(signal && { signal }) });
}

function chatBody(content: string, more: object = {}): object {
  return { messages: [{ role: 'user', content }], max_tokens: 16, ignore_eos: true, ...more };
}

async function chat(content: string, more: object = {}): Promise<{ usage: Usage; text: string }> {
  const answer = await post('/v1/chat/completions', chatBody(content, more));
  if (!answer.ok) throw new Error(await answer.text());
  const { usage, choices } = (await answer.json()) as { usage: Usage; choices: [{ message: { content: string } }] };
  return { usage, text: choices[0].message.content };
}

async function streamed(content: string, more: object = {}): Promise<Chunk[]> {
  const body = chatBody(content, { stream: true, stream_options: { include_usage: true }, ...more });
  const text = await (await post('/v1/chat/completions', body)).text();
  const events = text.split('\n\n').filter((event) => event !== '');
  if (events.pop() !== 'data: [DONE]') throw new Error(`the stream is not complete: ${text}`);
  return events.map((event) => JSON.parse(event.slice('data: '.length)));
}

async function tokens(content: string): Promise<number[]> {
  return ((await (await post('/tokenize', { content })).json()) as { tokens: number[] }).tokens;
}

async function identification(): Promise<Record<string, unknown>> {
  return (await (await fetch(`${server.url}/v1/typhon/reference`)).json()) as Record<string, unknown>;
}

t.test('says that it is well and what it serves', async (t) => {
  t.same(await (await fetch(`${server.url}/health`)).json(), { status: 'ok' });
  t.match(await (await fetch(`${server.url}/v1/models?x=1`)).json(), {
    object: 'list',
    data: [{ id: 'typhon-reference-tiny', object: 'model', owned_by: 'typhon' }],
  });
});

t.test('identifies itself', async (t) => {
  const { engine, ...rest } = await identification();
  t.same(rest, {
    device: 'cpu',
    kind: 'reference',
    version: '1.2.3',
    size: 'tiny',
    model: 'typhon-reference-tiny',
    sha256: modelSizes.tiny.sha256,
    context_length: 16_384,
    busy: false,
    requests_processing: 0,
  });
  t.match(engine, /^llama\.cpp /);
  t.match(server, { model: 'typhon-reference-tiny', sha256: modelSizes.tiny.sha256, contextLength: 16_384 });
});

t.test('streams one event a token, then usage and timings that agree with it', async (t) => {
  const chunks = await streamed('How does a clock work?', { max_tokens: 24 });
  const contents = chunks.map(({ choices }) => choices[0]?.delta.content ?? '').filter((content) => content !== '');
  t.equal(contents.length, 24);
  t.equal(chunks.at(-2)?.choices[0]?.finish_reason, 'length');
  const last = chunks.at(-1);
  t.match(last, { model: 'typhon-reference-tiny', created: 1_767_323_045, choices: NONE });
  t.match(last?.usage, { completion_tokens: 24, prompt_tokens_details: { cached_tokens: 0 } });
  t.match(last?.timings, { cache_n: 0, prompt_n: last?.usage?.prompt_tokens, predicted_n: 24 });
});

t.test('each token is sent by itself, as soon as it is there', async (t) => {
  const answer = await post('/v1/chat/completions', chatBody('Count.', { stream: true, max_tokens: 40 }));
  if (answer.body === null) throw new Error('no body');
  const reads: string[] = [];
  for await (const bytes of answer.body) reads.push(Buffer.from(bytes).toString());
  // A busy machine may join a few on the client's side; a server that collects them would send one or two pieces.
  t.ok(reads.length > 20, `${reads.length} reads`);
});

t.test('answers whole with the text it streams', async (t) => {
  const contents = (await streamed('Tell me.')).map(({ choices }) => choices[0]?.delta.content ?? '');
  const { text, usage } = await chat('Tell me.');
  t.equal(text, contents.join(''));
  t.equal(usage.completion_tokens, 16);
});

t.test('counts a prompt as the tokeniser does, with a fixed number of template tokens', async (t) => {
  const overhead = (await chat('a')).usage.prompt_tokens - (await tokens('a')).length;
  for (const text of ['The old man and the sea.', 'unfathomable 日本 \u{1f642}', 'x'.repeat(500)]) {
    t.equal((await chat(text, { max_tokens: 1 })).usage.prompt_tokens, (await tokens(text)).length + overhead);
  }
});

t.test('computes every prompt anew unless asked to cache', async (t) => {
  const text = 'the same long question again '.repeat(20);
  const cached = async (more: object): Promise<number> =>
    (await chat(text, more)).usage.prompt_tokens_details.cached_tokens;
  t.equal(await cached({}), 0);
  t.equal(await cached({}), 0);
  t.equal(await cached({ cache_prompt: true }), 0);
  t.ok((await cached({ cache_prompt: true })) > 80);
  t.equal(await cached({ cache_prompt: false }), 0);
});

t.test('four at once all get their full length', async (t) => {
  const answers = await Promise.all([1, 2, 3, 4].map((n) => streamed(`Request ${n}.`, { max_tokens: 48 })));
  t.same(
    answers.map((chunks) => chunks.at(-1)?.usage?.completion_tokens),
    [48, 48, 48, 48],
  );
});

t.test('is well and busy while it generates, and stops when the client has gone', async (t) => {
  const gone = new AbortController();
  const long = chatBody('Go on.', { stream: true, max_tokens: 16_000 });
  const answer = await post('/v1/chat/completions', long, gone.signal);
  const reader = answer.body?.getReader();
  await reader?.read();
  t.equal((await fetch(`${server.url}/health`)).status, 200);
  t.match(await identification(), { busy: true, requests_processing: 1 });
  gone.abort();
  await t.rejects(Promise.resolve(reader?.closed));
  // 16,000 tokens take far longer than the test may; that it gets idle at all shows that they were given up.
  while ((await identification())['busy'] === true) await new Promise(setImmediate);
});

t.test('tells what is wrong with a request', async (t) => {
  const path = '/v1/chat/completions';
  const cases: readonly [string, Promise<Response>, number, object][] = [
    ['no JSON', post(path, '{"messages":'), 400, { type: 'invalid_request_error' }],
    ['no messages', post(path, {}), 400, { message: /^messages: / }],
    ['bad length', post(path, chatBody('a', { max_tokens: 0 })), 400, { message: /^max_tokens: / }],
    ['other model', post(path, chatBody('a', { model: 'gpt' })), 404, { code: 'model_not_found' }],
    ['too long', post(path, chatBody('a', { max_tokens: 16_384 })), 400, { type: 'exceed_context_size_error' }],
    ['too large', post(path, chatBody('x'.repeat(BODY_LIMIT_BYTES))), 413, { message: /larger/ }],
    ['tokenize without content', post('/tokenize', {}), 400, { message: /^content: / }],
    ['unknown route', post('/v1/embeddings', {}), 404, { message: /POST \/v1\/embeddings/ }],
    ['wrong method', fetch(`${server.url}${path}`), 404, { message: /GET/ }],
  ];
  for (const [name, answering, status, error] of cases) {
    const answer = await answering;
    t.equal(answer.status, status, name);
    t.match(await answer.json(), { error }, name);
  }
});

t.test('a port in use ends the start with a code', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.teardown(() => taken.close());
  const { port } = taken.address() as AddressInfo;
  await t.rejects(startReferenceServer({ ...options, port }), { code: 'port_in_use', message: new RegExp(`${port}`) });
});

t.test('an address that is not this machine’s ends the start with another', async (t) => {
  await t.rejects(startReferenceServer({ ...options, host: '192.0.2.1' }), { code: 'listen_failed' });
});

t.test('until the model is loaded it says so, and a failed start frees the port', async (t) => {
  let answered: Response | undefined;
  const { port } = await freePort();
  const cause = new Error('not installed');
  const importPackage = async (): Promise<never> => {
    answered = await fetch(`http://127.0.0.1:${port}/health`, { headers: { connection: 'close' } });
    throw cause;
  };
  await t.rejects(startReferenceServer({ ...options, port, importPackage }), { code: 'engine_missing', cause });
  t.equal(answered?.status, 503);
  t.match(await answered?.json(), { error: { type: 'unavailable_error' } });
  const again = createServer().listen(port, '127.0.0.1');
  await once(again, 'listening');
  again.close();
});

async function freePort(): Promise<AddressInfo> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return address;
}

t.test('closing cuts what is running and what is idle, and frees the port', async (t) => {
  const closing = await startReferenceServer({ ...options, contextLength: 4096 });
  t.equal(closing.contextLength, 4096);
  const idle = connect(closing.port, '127.0.0.1');
  await once(idle, 'connect');
  const body = JSON.stringify(chatBody('Go on.', { stream: true, max_tokens: 4000 }));
  const running = await fetch(`${closing.url}/v1/chat/completions`, { method: 'POST', body });
  const text = running.text();
  text.catch(() => undefined);
  const cut = once(idle, 'close');
  await closing.close();
  await t.rejects(text);
  await cut;
  await t.rejects(fetch(`${closing.url}/health`));
});
