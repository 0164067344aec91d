import { once } from 'node:events';
import { connect } from 'node:net';
import t, { type Test } from 'tap';
import type { FakeLlmOptions } from '../fixtures/fake-llm/options.js';
import { type FakeLlmServer, startFakeLlmServer } from '../fixtures/fake-llm-server.js';
import { answerText, dataEvents, rawChat } from '../fixtures/raw-chat.js';

async function started(t: Test, options: FakeLlmOptions): Promise<FakeLlmServer> {
  const server = await startFakeLlmServer({ ttftMs: 0, tokenGapMs: 0, ...options });
  t.teardown(() => server.close());
  return server;
}

const threeTokens = { max_tokens: 3 };
const threeWords = 'quiet rivers carry ';

t.test('faults go by the index of the chat request, then by the default', async (t) => {
  const server = await started(t, {
    faults: [undefined, { kind: 'status', status: 503, body: 'json' }, undefined],
    fault: { kind: 'status', status: 429, body: 'empty' },
  });
  const statuses: (number | undefined)[] = [];
  for (let sent = 0; sent < 4; sent++) statuses.push((await rawChat(server.url, threeTokens)).status);
  t.same(statuses, [200, 503, 200, 429]);
  server.set({ faults: [], fault: undefined });
  t.equal((await rawChat(server.url, threeTokens)).status, 200);
  server.set({ faultFor: ({ body }) => (JSON.stringify(body).includes('bad') ? { kind: 'no-done' } : undefined) });
  t.match((await rawChat(server.url, threeTokens)).body, /\[DONE\]/);
  t.notMatch((await rawChat(server.url, { ...threeTokens, user: 'bad' })).body, /\[DONE\]/);
});

t.test('HTTP errors carry JSON, HTML or nothing', async (t) => {
  const server = await started(t, {
    faults: [
      { kind: 'status', status: 500, body: 'json', json: { detail: 'out of memory' } },
      { kind: 'status', status: 502, body: 'html' },
      { kind: 'status', status: 503, body: 'empty', headers: { 'retry-after': '7' } },
    ],
  });
  t.match(await rawChat(server.url), { status: 500, body: '{"detail":"out of memory"}' });
  t.match(await rawChat(server.url), { status: 502, body: /<h1>502/, headers: { 'content-type': 'text/html' } });
  t.match(await rawChat(server.url), { status: 503, body: '', headers: { 'retry-after': '7' } });
});

t.test('resets before the headers, or after as many tokens as told', async (t) => {
  const server = await started(t, { faults: [{ kind: 'reset' }, { kind: 'reset', afterTokens: 2 }] });
  t.match(await rawChat(server.url), { status: undefined, errorCode: 'ECONNRESET' });
  const late = await rawChat(server.url, threeTokens);
  t.match(late, { status: 200, errorCode: 'ECONNRESET' });
  t.equal(answerText(late.body), 'quiet rivers ');
});

/** Sends so many requests over one connection, each after the answer before; what came until the server ended it. */
async function untilClosed(server: FakeLlmServer, requests: number): Promise<string> {
  const socket = connect(server.port, '127.0.0.1').setEncoding('utf8');
  const body = JSON.stringify({
    model: 'fake-model',
    stream: true,
    max_tokens: 3,
    messages: [{ role: 'user', content: 'hi' }],
  });
  let text = '';
  let asked = 0;
  const ask = () => {
    asked += 1;
    socket.write(`POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  };
  socket.on('data', (piece: string) => {
    text += piece;
    if (piece.endsWith('0\r\n\r\n') && asked < requests) ask();
  });
  if (requests > 0) ask();
  await once(socket, 'end');
  socket.destroy();
  return text;
}

t.test('closes the connection after a streamed answer, without a word of it', async (t) => {
  const text = await untilClosed(await started(t, { closes: 'after-streams' }), 1);
  t.match(text, /connection: keep-alive\r\nkeep-alive: timeout=/i);
  t.match(text, /data: \[DONE\]/);
});

t.test('closes a connection after so many requests, or before it has carried one', async (t) => {
  const text = await untilClosed(await started(t, { closes: { afterRequests: 2 } }), 2);
  t.equal(text.match(/\[DONE\]/g)?.length, 2);
  const server = await started(t, { closes: { idle: 1 } });
  t.equal(await untilClosed(server, 0), '');
  t.match(await rawChat(server.url), { status: 200 }, 'the next one is kept');
});

t.test('ends the connection before the headers, or in their middle', async (t) => {
  const server = await started(t, { faults: [{ kind: 'close-unanswered' }, { kind: 'close-in-header' }] });
  t.match(await rawChat(server.url), { status: undefined, errorCode: 'ECONNRESET' });
  t.match(await rawChat(server.url), { status: undefined, errorCode: /^(ECONNRESET|HPE_\w+)$/ });
});

t.test('stalls before the headers, before the first token, or in the middle', async (t) => {
  const server = await started(t, {
    roleOnlyFirstDelta: true,
    faults: [{ kind: 'stall' }, { kind: 'stall', afterTokens: 0 }, { kind: 'stall', afterTokens: 2 }],
  });
  const silent = new AbortController();
  const unanswered = fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'fake-model', stream: true, messages: [{ role: 'user', content: 'hi' }] }),
    signal: silent.signal,
  });
  await server.until(() => server.chatRequests.length === 1);
  silent.abort();
  await t.rejects(unanswered);
  const beforeTokens = await rawChat(server.url, threeTokens, { leaveWhen: () => true });
  t.equal(beforeTokens.status, 200);
  t.equal(answerText(beforeTokens.body), '');
  const middle = await rawChat(server.url, threeTokens, { leaveWhen: has('rivers') });
  t.equal(answerText(middle.body), 'quiet rivers ');
  await server.until(() => server.chatRequests.every(({ abandonedMs }) => abandonedMs !== undefined));
  t.same(
    server.chatRequests.map(({ events }) => events.map(({ kind }) => kind)),
    [[], ['role'], ['role', 'content', 'content']],
  );
});

t.test('puts an error object into the stream, as data or as an event', async (t) => {
  const server = await started(t, {
    faults: [
      { kind: 'stream-error', afterTokens: 1, form: 'data', message: 'KV cache is full' },
      { kind: 'stream-error', afterTokens: 1, form: 'event' },
    ],
  });
  const plain = await rawChat(server.url, threeTokens);
  t.match(plain, { status: 200, errorCode: undefined });
  t.match(dataEvents(plain.body).at(-1), { error: { message: 'KV cache is full' } });
  t.match((await rawChat(server.url, threeTokens)).body, /\n\nevent: error\ndata: \{"error":.*\}\n\n$/);
});

t.test('sends junk in the middle and goes on', async (t) => {
  const server = await started(t, {
    faults: [
      { kind: 'invalid-json', afterTokens: 1 },
      { kind: 'invalid-utf8', afterTokens: 1 },
    ],
  });
  const { body } = await rawChat(server.url, threeTokens);
  const unparsable = body.split('\n').filter((line) => line.startsWith('data: ') && !/[}\]]$/.test(line));
  t.equal(unparsable.length, 1);
  t.ok(body.endsWith('[DONE]\n\n'));
  const broken = await rawChat(server.url, threeTokens);
  t.throws(() => new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(broken.reads)));
  t.equal(answerText(broken.body), 'quiet rivers \ufffd(carry ');
});

t.test('ends without [DONE], without a finish reason, or with [DONE] alone', async (t) => {
  const server = await started(t, {
    faults: [{ kind: 'no-done' }, { kind: 'truncated', afterTokens: 2 }, { kind: 'empty' }],
  });
  const noDone = await rawChat(server.url, threeTokens);
  t.equal(noDone.errorCode, undefined);
  t.match(dataEvents(noDone.body).at(-1), { choices: [{ finish_reason: 'length' }] });
  t.notMatch(noDone.body, /DONE/);
  const truncated = await rawChat(server.url, threeTokens);
  t.equal(truncated.errorCode, undefined);
  t.equal(answerText(truncated.body), 'quiet rivers ');
  t.notMatch(truncated.body, /"finish_reason":"/);
  t.equal((await rawChat(server.url, threeTokens)).body, 'data: [DONE]\n\n');
});

t.test('sends a line without end until the client leaves', async (t) => {
  const server = await started(t, { fault: { kind: 'endless-line', afterTokens: 1 } });
  const { body } = await rawChat(server.url, threeTokens, { leaveWhen: (text) => text.length > 2 ** 20 });
  t.match(body.slice(-1000), /^a{1000}$/);
  await server.until(() => server.requests[0]?.abandonedMs !== undefined);
  server.set({ fault: { kind: 'endless-line', afterTokens: 1, maxBytes: 2 ** 17 } });
  await rawChat(server.url, threeTokens, { leaveWhen: (text) => text.endsWith('a'.repeat(2 ** 17)) });
  t.pass('ended at its limit');
});

t.test('answers something that is no event stream', async (t) => {
  const server = await started(t, { fault: { kind: 'not-sse' } });
  t.match(await rawChat(server.url), { status: 200, headers: { 'content-type': /html/ }, body: /It works/ });
});

t.test('closes the connection after a whole answer, or keeps the answer open', async (t) => {
  const server = await started(t, { faults: [{ kind: 'connection-close' }, { kind: 'open-after-done' }] });
  const closing = await rawChat(server.url, threeTokens);
  t.equal(closing.headers.connection, 'close');
  t.equal(answerText(closing.body), threeWords);
  const open = await rawChat(server.url, threeTokens, { leaveWhen: has('[DONE]') });
  t.equal(open.errorCode, 'ECONNRESET', 'it was this side that left');
  t.equal(answerText(open.body), threeWords);
});

t.test('refuses connections and takes them again on the same port', async (t) => {
  const server = await started(t, {});
  const { url } = server;
  await server.refuse();
  t.equal((await rawChat(url)).errorCode, 'ECONNREFUSED');
  await server.listenAgain();
  t.equal(server.url, url);
  t.equal((await rawChat(url, threeTokens)).status, 200);
});

t.test('dies in the middle of an answer, or after so many', async (t) => {
  const server = await started(t, { faults: [{ kind: 'die', afterTokens: 1 }] });
  t.match(await rawChat(server.url, threeTokens), { status: 200, errorCode: 'ECONNRESET' });
  t.equal((await rawChat(server.url)).errorCode, 'ECONNREFUSED');
  await server.listenAgain();
  server.set({ dieAfterRequests: 2 });
  t.equal((await rawChat(server.url, threeTokens)).errorCode, undefined);
  t.equal((await rawChat(server.url, threeTokens)).errorCode, undefined);
  await server.until(() => server.requests[2]?.endedMs !== undefined);
  t.equal((await rawChat(server.url)).errorCode, 'ECONNREFUSED');
});

function has(word: string): (text: string) => boolean {
  return (text) => text.includes(word);
}
