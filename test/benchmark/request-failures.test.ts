import { once } from 'node:events';
import http from 'node:http';
import net, { type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { countDataLines } from '../../src/benchmark/client/event-stream.js';
import type { RequestFailure } from '../../src/benchmark/client/failure.js';
import type { ReceivedSoFar } from '../../src/benchmark/client/received-bytes.js';
import type { RequestOutcome } from '../../src/benchmark/client/request-timings.js';
import type { Fault } from '../fixtures/fake-llm/fault.js';
import { listening } from '../fixtures/listening.js';
import { asking, onEachServer } from '../fixtures/measured-request.js';
import { plainInferenceServer } from '../fixtures/plain-inference-server.js';

function failureOf(outcome: RequestOutcome): RequestFailure {
  if (outcome.ok) throw new Error(`expected a failure, got ${JSON.stringify(outcome.timings)}`);
  return outcome.failure;
}

const page = '<!doctype html><title>Welcome</title><h1>It works!</h1>';

/** What each fault is to be called. A string as detail is the whole of it. */
const faults: readonly (readonly [string, Fault, RequestFailure['error'], number | undefined, string | RegExp])[] = [
  ['a reset before the headers', { kind: 'reset' }, 'connection_reset', undefined, /ECONNRESET|hang up/],
  ['a close before the headers', { kind: 'close-unanswered' }, 'connection_reset', undefined, /closed the connection/],
  ['a close in the headers', { kind: 'close-in-header' }, 'connection_reset', undefined, /closed the connection/],
  [
    'a reset in the stream',
    { kind: 'reset', afterTokens: 2 },
    'connection_reset',
    undefined,
    /ECONNRESET|closed the connection/,
  ],
  [
    'an error as data',
    { kind: 'stream-error', afterTokens: 2, form: 'data' },
    'stream_error',
    undefined,
    'The model ran out of memory.',
  ],
  [
    'an error as an event of its own',
    { kind: 'stream-error', afterTokens: 2, form: 'event', message: 'stopped' },
    'stream_error',
    undefined,
    'stopped',
  ],
  [
    'an error before the first token',
    { kind: 'stream-error', afterTokens: 0, form: 'data' },
    'stream_error',
    undefined,
    'The model ran out of memory.',
  ],
  [
    'a context that is too small for the prompt',
    { kind: 'stream-error', afterTokens: 0, form: 'data', message: 'Context size has been exceeded.' },
    'context_exceeded',
    undefined,
    'Context size has been exceeded.',
  ],
  [
    'a context that overflows in the stream',
    { kind: 'stream-error', afterTokens: 1, form: 'data', message: 'Context size has been exceeded.' },
    'stream_error',
    undefined,
    'Context size has been exceeded.',
  ],
  [
    'an HTTP error in JSON',
    { kind: 'status', status: 500, body: 'json' },
    'http_error',
    500,
    'The fake server was told to fail.',
  ],
  [
    'an HTTP error in HTML',
    { kind: 'status', status: 502, body: 'html' },
    'http_error',
    502,
    '<html><body><h1>502</h1></body></html>',
  ],
  [
    'a request that is refused',
    { kind: 'status', status: 429, body: 'json', json: { detail: 'too many requests' } },
    'http_error',
    429,
    'too many requests',
  ],
  [
    'a redirect',
    { kind: 'status', status: 307, body: 'html', headers: { location: '/elsewhere' } },
    'http_error',
    307,
    'redirects to /elsewhere, which is not followed',
  ],
  [
    'an event that is no JSON',
    { kind: 'invalid-json', afterTokens: 2 },
    'bad_response',
    undefined,
    /not JSON: \{"choic/,
  ],
  [
    'an end in the middle',
    { kind: 'truncated', afterTokens: 2 },
    'bad_response',
    undefined,
    'the stream was cut off after 2 of 4 tokens',
  ],
  ['[DONE] and nothing else', { kind: 'empty' }, 'empty_response', undefined, 'no token came'],
  [
    'a web page',
    { kind: 'not-sse' },
    'bad_response',
    undefined,
    `expected an event stream, got text/html; charset=utf-8: ${page}`,
  ],
  [
    'a whole answer in JSON',
    { kind: 'not-sse', contentType: 'application/json', body: '{"choices":[]}' },
    'bad_response',
    undefined,
    'expected an event stream, got application/json: {"choices":[]}',
  ],
];

onEachServer("each fault has its name, with the server's words", async (t, measuring) => {
  const { fake, ask, timings } = await measuring(t);
  for (const [name, fault, error, status, detail] of faults) {
    fake.set({ fault });
    const failure = failureOf(await ask());
    fake.set({ fault: undefined });
    t.equal(failure.error, error, name);
    t.equal(failure.status, status, `status of ${name}`);
    if (typeof detail === 'string') t.equal(failure.detail, detail, `words of ${name}`);
    else t.match(failure.detail, detail, `words of ${name}`);
    t.equal((await timings()).chunks.length, 4, `the next request after ${name} is an answer`);
  }
});

onEachServer('an HTTP error without a body has no words', async (t, measuring) => {
  const { ask } = await measuring(t, { fault: { kind: 'status', status: 503, body: 'empty' } });
  t.same(failureOf(await ask()), { error: 'http_error', status: 503 });
});

onEachServer('refusals that have names of their own', async (t, measuring) => {
  const guarded = await measuring(t, { apiKey: 'secret' }, { headers: { authorization: 'Bearer wrong' } });
  t.same(failureOf(await guarded.ask()), { error: 'unauthorized', status: 401, detail: 'Invalid API Key' });
  const { fake, ask } = await measuring(t, { contextLength: 10 });
  t.same(failureOf(await ask()), {
    error: 'context_exceeded',
    status: 400,
    detail: 'the request exceeds the available context size, try increasing it',
  });
  fake.set({ contextLength: undefined });
  t.same(failureOf(await ask({ model: 'another' })), {
    error: 'model_not_found',
    status: 404,
    detail: 'The model `another` does not exist.',
  });
});

onEachServer("the server's words are cut at 500 characters", async (t, measuring) => {
  const words = 'out of memory '.repeat(1000);
  const { fake, ask } = await measuring(t, {
    fault: { kind: 'status', status: 500, body: 'json', json: { detail: words } },
  });
  t.equal(failureOf(await ask()).detail, words.slice(0, 500));
  fake.set({ fault: { kind: 'stream-error', afterTokens: 1, form: 'data', message: words } });
  t.equal(failureOf(await ask()).detail, words.slice(0, 500));
  fake.set({ fault: { kind: 'not-sse', contentType: 'text/plain', body: words } });
  t.ok((failureOf(await ask()).detail?.length ?? 0) <= 500);
});

onEachServer('nobody there is connection_refused', async (t, measuring) => {
  const { fake, ask, timings } = await measuring(t);
  await timings();
  await fake.refuse();
  t.match(failureOf(await ask()), { error: 'connection_refused', detail: /ECONNREFUSED/ });
  await fake.listenAgain();
  t.equal((await timings()).chunks.length, 4);
});

onEachServer('a server that dies in the middle resets', async (t, measuring) => {
  const { fake, ask } = await measuring(t, { fault: { kind: 'die', afterTokens: 2 } });
  t.equal(failureOf(await ask()).error, 'connection_reset');
  await t.resolves(fake.refuse());
  t.equal(failureOf(await ask()).error, 'connection_refused');
});

onEachServer('silence is a timeout, at every stage', async (t, measuring) => {
  const { fake, ask, timings, seen } = await measuring(t);
  for (const afterTokens of [undefined, 0, 2]) {
    fake.set({ fault: { kind: 'stall', afterTokens } });
    const asked = fake.chatRequests.length;
    const failure = failureOf(await ask({ timeoutMs: 60 }));
    t.match(failure, { error: 'timeout', detail: /^no end of the answer after \d+ s$/ });
    // On a machine that is busy enough the time may be up before the server has seen the request.
    if (fake.chatRequests.length > asked) await fake.until(() => seen().abandonedMs !== undefined);
    fake.set({ fault: undefined });
    t.equal((await timings()).chunks.length, 4, 'and the server is asked again over another connection');
  }
});

t.test('a handshake that is never answered is a timeout', async (t) => {
  const silent = net.createServer((socket) => socket.resume().on('error', () => undefined));
  const port = await listening(t, silent);
  const ask = asking(plainInferenceServer(`https://127.0.0.1:${port}`));
  t.equal(failureOf(await ask({ timeoutMs: 40 })).error, 'timeout');
});

onEachServer('an endless line is cut, and the server is left', async (t, measuring) => {
  const { fake, ask, timings, seen } = await measuring(t, { faults: [{ kind: 'endless-line', afterTokens: 1 }] });
  const limit = 2 ** 20 + 4 * 2 ** 13;
  t.same(failureOf(await ask()), { error: 'bad_response', detail: `more than ${limit} bytes for 4 tokens` });
  const endless = seen();
  await fake.until(() => endless.abandonedMs !== undefined);
  t.equal((await timings()).chunks.length, 4);
});

t.test('an endless error page is cut, and the server is left', async (t) => {
  const server = http.createServer((request, response) => {
    request.resume();
    response.writeHead(500, { 'content-type': 'text/plain' });
    const pour = () => {
      while (response.write('out of memory '.repeat(500)));
    };
    response.on('drain', pour);
    pour();
  });
  const left = new Promise((resolve) => {
    server.on('connection', (socket) => socket.on('error', () => undefined).on('close', resolve));
  });
  const port = await listening(t, server);
  const failure = failureOf(await asking(plainInferenceServer(`http://127.0.0.1:${port}`))());
  t.same(failure, { error: 'http_error', status: 500, detail: 'out of memory '.repeat(500).slice(0, 500) });
  await left;
});

t.test('what is not HTTP is a bad response, what says nothing a reset', async (t) => {
  const talk = async (answer: (socket: Socket) => void): Promise<RequestFailure> => {
    const server = net.createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => answer(socket));
    });
    const port = await listening(t, server);
    return failureOf(await asking(plainInferenceServer(`http://127.0.0.1:${port}`))());
  };
  t.equal((await talk((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'))).error, 'bad_response');
  t.equal((await talk((socket) => socket.end())).error, 'connection_reset');
  const cut = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n10\r\ndata:';
  t.equal((await talk((socket) => socket.end(cut))).error, 'connection_reset');
  const silent = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 0\r\n\r\n';
  t.same(await talk((socket) => socket.end(silent)), {
    error: 'bad_response',
    detail: 'expected an event stream, got text/event-stream: nothing',
  });
});

onEachServer('cancelling is no failure of the server, whenever it comes', async (t, measuring) => {
  const { fake, ask, timings, seen } = await measuring(t);
  t.same(failureOf(await ask({ signal: AbortSignal.abort() })), { error: 'cancelled' });
  t.equal(fake.chatRequests.length, 0, 'before anything was sent nothing is');

  // With the number of events to see before the cancel.
  const stages: readonly (readonly [string, Fault, number])[] = [
    ['before the headers', { kind: 'stall' }, 0],
    ['before the first token', { kind: 'stall', afterTokens: 0 }, 1],
    ['in the stream', { kind: 'stall', afterTokens: 2 }, 3],
    ['after [DONE]', { kind: 'open-after-done' }, 8],
  ];
  for (const [stage, fault, events] of stages) {
    fake.set({ faults: [fault] });
    const cancel = new AbortController();
    const asked = fake.chatRequests.length;
    const onRead = (received: ReceivedSoFar) => {
      if (countDataLines(received.since(0)) >= events) cancel.abort();
    };
    const outcome = ask({ signal: cancel.signal, onRead });
    await fake.until(() => fake.chatRequests.length > asked);
    if (events === 0) cancel.abort();
    t.same(failureOf(await outcome), { error: 'cancelled' }, stage);
    const left = seen();
    await fake.until(() => left.abandonedMs !== undefined);
    t.equal((await timings()).chunks.length, 4, `another request goes through after a cancel ${stage}`);
  }
});

onEachServer('what was cancelled at its very end does not reach into the next request', async (t, measuring) => {
  const { fake, ask } = await measuring(t, { faults: [{ kind: 'open-after-done' }] });
  const cancel = new AbortController();
  const onRead = (received: ReceivedSoFar) => {
    if (countDataLines(received.since(0)) >= 8) cancel.abort();
  };
  t.same(failureOf(await ask({ signal: cancel.signal, onRead })), { error: 'cancelled' });
  // Longer on its way than a stream is waited for after its [DONE].
  fake.set({ ttftMs: 1300 });
  t.match(await ask(), { ok: true });
});

t.test('cancelling while the connection opens leaves the server', async (t) => {
  const silent = net.createServer((socket) => socket.resume().on('error', () => undefined));
  const port = await listening(t, silent);
  const cancel = new AbortController();
  const outcome = asking(plainInferenceServer(`https://127.0.0.1:${port}`))({ signal: cancel.signal });
  const [socket] = (await once(silent, 'connection')) as [Socket];
  const left = once(socket, 'close');
  cancel.abort();
  t.same(failureOf(await outcome), { error: 'cancelled' });
  await left;
  t.ok(socket.destroyed);
});

t.test('an answer that is compressed is named as such, not quoted', async (t) => {
  for (const [status, error] of [
    [200, 'bad_response'],
    [502, 'http_error'],
  ] as const) {
    const server = http.createServer((request, response) => {
      request.resume();
      response.writeHead(status, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' });
      response.end(gzipSync('data: {"choices":[]}\n\n'));
    });
    const port = await listening(t, server);
    const failure = failureOf(await asking(plainInferenceServer(`http://127.0.0.1:${port}`))());
    t.equal(failure.error, error);
    t.equal(failure.detail, 'the answer is compressed (content-encoding: gzip), expected plain text');
  }
});

/** Asks a server that answers with this and leaves the response open. */
async function leftOpen(t: Test, body: string): Promise<RequestFailure> {
  const server = http.createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(body);
  });
  const port = await listening(t, server);
  return failureOf(await asking(plainInferenceServer(`http://127.0.0.1:${port}`))());
}

t.test('an error of any form counts at once, though the stream stays open after it', async (t) => {
  const token = 'data: {"choices":[{"delta":{"content":"word "}}]}\n\n';
  const forms: readonly (readonly [string, RequestFailure])[] = [
    [
      'data: Number of choices must be greater than 0.\n\n',
      { error: 'stream_error', detail: 'Number of choices must be greater than 0.' },
    ],
    [`${token}data: {"error":{"message":"out of memory"}}\n\n`, { error: 'stream_error', detail: 'out of memory' }],
    [`${token}event: error\ndata: the engine died\n\n`, { error: 'stream_error', detail: 'the engine died' }],
    [
      `${token}error: {"code":500,"message":"the request exceeds the available context size"}\n\n`,
      { error: 'stream_error', detail: 'the request exceeds the available context size' },
    ],
    [
      'error: {"code":400,"message":"the request exceeds the available context size"}\n\n',
      { error: 'context_exceeded', detail: 'the request exceeds the available context size' },
    ],
    [
      `${token}error: {"code":500,"message":"slot unavailable"}\n\n`,
      { error: 'stream_error', detail: 'slot unavailable' },
    ],
  ];
  for (const [body, failure] of forms) t.same(await leftOpen(t, body), failure);
});
