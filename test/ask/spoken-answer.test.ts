import { createServer, type RequestListener } from 'node:http';
import t, { type Test } from 'tap';
import { askServer } from '../../src/ask/ask-server.js';
import { type SpokenEnd, type SpokenQuestion, spokenAnswer } from '../../src/ask/spoken-answer.js';
import type { FakeLlmOptions } from '../fixtures/fake-llm/options.js';
import { startFakeLlmServer } from '../fixtures/fake-llm-server.js';
import { listening } from '../fixtures/listening.js';
import { startOllamaServer } from '../fixtures/ollama-server.js';
import { serveFixture } from '../fixtures/servers/fixture-server.js';
import { openai } from '../fixtures/servers/openai.js';

async function fake(t: Test, options: FakeLlmOptions = {}) {
  const server = await startFakeLlmServer({ tokenGapMs: 0, ...options });
  t.teardown(() => server.close());
  return server;
}

async function questionTo(
  url: string,
  { apiKey, model = 'fake-model', ...fields }: Partial<SpokenQuestion> & { readonly apiKey?: string } = {},
): Promise<SpokenQuestion> {
  const endpoint = { apiRoot: `${url}/v1`, apiKey, tls: undefined, model };
  return {
    server: await askServer(endpoint, new AbortController().signal),
    model,
    instructions: 'Be short.',
    prompt: 'How fast?',
    maxTokens: 4,
    timeoutMs: 60_000,
    signal: new AbortController().signal,
    ...fields,
  };
}

async function read(answer: AsyncGenerator<string, SpokenEnd>): Promise<{ text: string; end: SpokenEnd }> {
  let text = '';
  for (;;) {
    const { done, value } = await answer.next();
    if (done === true) return { text, end: value };
    text += value;
  }
}

const TOO_LONG = { error: { message: 'the request exceeds the context size: 700 prompt tokens do not fit' } };

t.test('the text as it comes, and whether it is whole', async (t) => {
  const server = await fake(t);
  t.same(await read(spokenAnswer(await questionTo(server.url))), {
    text: 'quiet rivers carry old ',
    end: { reason: 'length', maxTokens: 4 },
  });
  server.set({ eosAfter: 2 });
  t.same(await read(spokenAnswer(await questionTo(server.url))), {
    text: 'quiet rivers ',
    end: { reason: 'stop', maxTokens: 4 },
  });
  t.match(server.chatRequests[0]?.body, {
    model: 'fake-model',
    messages: [
      { role: 'system', content: 'Be short.' },
      { role: 'user', content: 'How fast?' },
    ],
    stream: true,
    max_tokens: 4,
  });
});

t.test('words that come one after the other are all heard, as they come', async (t) => {
  const server = await fake(t, { tokenGapMs: 20 });
  const answer = spokenAnswer(await questionTo(server.url));
  t.same(await answer.next(), { done: false, value: 'quiet ' });
  t.match(await read(answer), { text: 'rivers carry old ' });
});

t.test('events in pieces, multi-byte text, comments and a role change nothing of it', async (t) => {
  const server = await fake(t, {
    text: 'multi-byte',
    splitWrites: 'character',
    lineEnd: '\r\n',
    keepaliveComments: 2,
    emptyDeltas: 1,
    usage: 'every-chunk',
  });
  t.equal((await read(spokenAnswer(await questionTo(server.url)))).text, 'über 日本語 naïve 🙂 ');
});

t.test('reasoning is no part of the answer', async (t) => {
  const server = await fake(t, { reasoning: { field: 'reasoning_content', tokens: 2 } });
  t.equal((await read(spokenAnswer(await questionTo(server.url)))).text, 'carry old ');
});

t.test('the key goes along, and one that is not accepted is told', async (t) => {
  const server = await fake(t, { apiKey: 'sk-right' });
  t.equal((await read(spokenAnswer(await questionTo(server.url, { apiKey: 'sk-right' })))).end.reason, 'length');
  await t.rejects(read(spokenAnswer(await questionTo(server.url, { apiKey: 'sk-wrong' }))), { code: 'unauthorized' });
});

t.test('a stream that is kept open after its end is ended', async (t) => {
  const server = await fake(t, { fault: { kind: 'open-after-done' } });
  t.equal((await read(spokenAnswer(await questionTo(server.url)))).end.reason, 'length');
});

t.test('every fault is an error in words', async (t) => {
  const server = await fake(t);
  const failing = async (options: FakeLlmOptions, expected: { code: string; message?: RegExp }) => {
    server.set({ fault: undefined, ...options });
    await t.rejects(read(spokenAnswer(await questionTo(server.url))), { name: 'ServerError', ...expected });
  };
  const unreachable = { code: 'unreachable' };
  await failing({ fault: { kind: 'reset' } }, unreachable);
  await failing({ fault: { kind: 'reset', afterTokens: 2 } }, unreachable);
  await failing(
    { fault: { kind: 'stream-error', afterTokens: 2, form: 'data', message: 'out of memory' } },
    { code: 'bad_response', message: /out of memory/ },
  );
  await failing(
    { fault: { kind: 'truncated', afterTokens: 2 } },
    { code: 'bad_response', message: /cut off after 2 of 4 tokens/ },
  );
  await failing({ fault: { kind: 'invalid-json', afterTokens: 2 } }, { code: 'bad_response' });
  await failing({ fault: { kind: 'not-sse' } }, { code: 'bad_response', message: /expected an event stream/i });
  await failing(
    { fault: { kind: 'endless-line', afterTokens: 1 } },
    { code: 'bad_response', message: /more than \d+ bytes/ },
  );
  await failing({ fault: { kind: 'status', status: 500, body: 'html' } }, { code: 'bad_response', message: /500/ });
  await failing({ models: [{ id: 'other' }] }, { code: 'model_not_found', message: /404: The model/ });
  await server.close();
  await t.rejects(read(spokenAnswer(await questionTo(server.url))), unreachable);
});

t.test('a redirect is not followed: the key stays where it was meant to go', async (t) => {
  const seen: string[] = [];
  const elsewhere = await listening(
    t,
    createServer((request) => void seen.push(request.url ?? '')),
  );
  const port = await listening(
    t,
    createServer((_request, response) =>
      response.writeHead(307, { location: `http://127.0.0.1:${elsewhere}/v1/chat/completions` }).end(),
    ),
  );
  const question = await questionTo(`http://127.0.0.1:${port}`, { apiKey: 'sk-secret' });
  await t.rejects(read(spokenAnswer(question)), { code: 'bad_response', message: /redirects/ });
  t.same(seen, []);
});

t.test('a server that knows only the newer name of the limit is asked with it', async (t) => {
  const bodies: Record<string, unknown>[] = [];
  const answer: RequestListener = async (request, response) => {
    let text = '';
    for await (const part of request) text += part;
    if (request.method === 'GET') return response.writeHead(404).end();
    const body = JSON.parse(text) as Record<string, unknown>;
    bodies.push(body);
    if (body['max_completion_tokens'] === undefined) {
      return response.writeHead(400).end('{"error":{"message":"Unsupported parameter: max_tokens"}}');
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end('data: {"choices":[{"delta":{"content":"Fast."},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n');
  };
  const port = await listening(t, createServer(answer));
  t.same(await read(spokenAnswer(await questionTo(`http://127.0.0.1:${port}`))), {
    text: 'Fast.',
    end: { reason: 'stop', maxTokens: 4 },
  });
  t.match(bodies, [{ max_tokens: 4 }, { max_completion_tokens: 4 }]);
});

t.test('an answer that does not fit into the context with its question is asked for shorter', async (t) => {
  const context = 1000;
  const server = await fake(t, {
    eosAfter: 2,
    faultFor: ({ body }) => {
      const { max_tokens: limit } = Object(body) as { max_tokens: number };
      return limit <= context - 700 ? undefined : { kind: 'status', status: 400, body: 'json', json: TOO_LONG };
    },
  });
  const limits = () => server.chatRequests.map(({ body }) => (Object(body) as { max_tokens: number }).max_tokens);
  t.same(await read(spokenAnswer(await questionTo(server.url, { maxTokens: 1024 }))), {
    text: 'quiet rivers ',
    end: { reason: 'stop', maxTokens: 256 },
  });
  t.same(limits(), [1024, 512, 256]);
});

t.test('a question that fills the context alone is refused in the words of the server', async (t) => {
  const server = await fake(t, { fault: { kind: 'status', status: 400, body: 'json', json: TOO_LONG } });
  const question = await questionTo(server.url, { maxTokens: 1024 });
  await t.rejects(read(spokenAnswer(question)), { code: 'bad_response', message: /exceeds the context size/ });
  t.equal(server.chatRequests.length, 4, 'an answer of less than 128 tokens is none');
});

t.test('a temperature is for measurements: some models refuse the one they have', async (t) => {
  const server = await fake(t);
  await read(spokenAnswer(await questionTo(server.url)));
  t.notOk('temperature' in Object(server.chatRequests[0]?.body));
});

t.test(
  'Ollama is asked by its own route with the context that the model has, so that nothing is loaded anew',
  async (t) => {
    const model = 'llama3.1:8b';
    const server = await startOllamaServer(t, { machine: { loadMs: 0 } });
    const body = JSON.stringify({ model, options: { num_ctx: 10_240 } });
    await (await fetch(`${server.apiBase}/api/generate`, { method: 'POST', body })).text();
    const before = server.requests.length;
    const { text, end } = await read(spokenAnswer(await questionTo(server.apiBase, { model })));
    t.not(text, '');
    t.equal(end.reason, 'length');
    const since = server.requests.slice(before);
    t.notOk(since.some(({ loaded }) => loaded));
    t.match(
      since.filter(({ route }) => route.startsWith('POST')),
      [
        { route: 'POST /api/chat', body: {} },
        { route: 'POST /api/chat', body: { options: { num_ctx: 10_240, num_predict: 4 } } },
      ],
    );
    t.match(server.ps(), { models: [{ name: model, context_length: 10_240 }] });
  },
);

t.test('a model that Ollama has not loaded is loaded as its owner set it up', async (t) => {
  const model = 'llama3.1:8b';
  const server = await startOllamaServer(t, { machine: { loadMs: 0 } });
  t.equal((await read(spokenAnswer(await questionTo(server.apiBase, { model })))).end.reason, 'length');
  const asked = server.requests.find(({ route }) => route === 'POST /api/chat');
  t.match(asked?.body, { options: { num_predict: 4, num_ctx: undefined } });
});

t.test('whoever leaves ends the model', async (t) => {
  const server = await fake(t, { fault: { kind: 'stall', afterTokens: 1 } });
  const left = new AbortController();
  const answer = spokenAnswer(await questionTo(server.url, { signal: left.signal }));
  t.equal((await answer.next()).value, 'quiet ');
  const next = answer.next();
  left.abort(new Error('enough'));
  await t.rejects(next, { message: 'enough' });
  await server.until(() => server.chatRequests[0]?.abandonedMs !== undefined);
});

t.test('a certificate that nobody vouches for says what to do about it', async (t) => {
  const { apiBase, requests } = await serveFixture(t, openai, 'self-signed');
  const advice = /shows a certificate that no authority known here vouches for: set ca_file of the target/;
  await t.rejects(read(spokenAnswer(await questionTo(apiBase))), { code: 'tls_failed', message: advice });
  t.same(requests, []);
});
