import { Agent } from 'node:http';
import t, { type Test } from 'tap';
import type { FakeLlmOptions } from '../fixtures/fake-llm/options.js';
import { tokenEvents } from '../fixtures/fake-llm/recorded-request.js';
import { type FakeLlmServer, startFakeLlmServer } from '../fixtures/fake-llm-server.js';
import { NONE } from '../fixtures/none.js';
import { answerText, dataEvents, deltas, rawChat } from '../fixtures/raw-chat.js';

async function started(t: Test, options: FakeLlmOptions): Promise<FakeLlmServer> {
  const server = await startFakeLlmServer({ ttftMs: 0, tokenGapMs: 0, ...options });
  t.teardown(() => server.close());
  return server;
}

const askingForUsage = { stream_options: { include_usage: true } };

t.test('sends max_tokens tokens, then the finish reason, usage where asked for, and [DONE]', async (t) => {
  const server = await started(t, { templateTokens: 6 });
  const { status, headers, body } = await rawChat(server.url, { max_tokens: 3, ...askingForUsage });
  t.equal(status, 200);
  t.match(headers['content-type'], /^text\/event-stream/);
  t.equal(answerText(body), 'quiet rivers carry ');
  t.ok(body.endsWith('data: [DONE]\n\n'));
  t.match(dataEvents(body).at(-2), { choices: [{ finish_reason: 'length' }] });
  t.match(dataEvents(body).at(-1), {
    choices: NONE,
    usage: { prompt_tokens: 10, completion_tokens: 3, total_tokens: 13, prompt_tokens_details: { cached_tokens: 0 } },
  });
  t.notMatch((await rawChat(server.url, { max_tokens: 3 })).body, /usage/, 'not without being asked');
});

t.test('records what was asked and when each event was sent, in order', async (t) => {
  const server = await started(t, { ttftMs: 4, tokenGapMs: [1, 2] });
  const agent = new Agent({ keepAlive: true });
  t.teardown(() => agent.destroy());
  await rawChat(server.url, { max_tokens: 5 }, { agent });
  await rawChat(server.url, { max_tokens: 1 }, { agent });
  const [first, second] = server.requests;
  t.match(first, { method: 'POST', path: '/v1/chat/completions', body: { max_tokens: 5 }, promptTokens: 12 });
  t.equal(second?.clientPort, first?.clientPort, 'the same connection');
  const events = first ? tokenEvents(first) : [];
  const start = first?.receivedMs ?? Number.NaN;
  const planned = [4, 5, 7, 8, 10];
  t.equal(events.length, planned.length);
  for (const [index, event] of events.entries()) {
    t.ok(Math.abs(event.dueMs - start - (planned[index] ?? Number.NaN)) < 1e-6, 'due as planned');
    t.ok(event.sentMs >= event.dueMs, 'never early');
    t.ok(event.sentMs >= (events[index - 1]?.sentMs ?? 0), 'in order');
  }
  t.ok((first?.endedMs ?? 0) >= (events.at(-1)?.sentMs ?? Number.NaN));
});

t.test('puts several tokens in a chunk, several chunks in a write', async (t) => {
  const server = await started(t, { tokensPerChunk: 4, chunksPerWrite: 2, roleOnlyFirstDelta: false });
  const { body } = await rawChat(server.url, { max_tokens: 14 });
  t.equal(answerText(body).trim().split(' ').length, 14);
  const [request] = server.requests;
  const events = request ? tokenEvents(request) : [];
  t.same(
    events.map((event) => event.tokens),
    [4, 4, 4, 2],
  );
  t.equal(events[0]?.sentMs, events[1]?.sentMs);
  t.equal(events[2]?.sentMs, events[3]?.sentMs);
  t.not(events[1]?.sentMs, events[2]?.sentMs);
});

t.test('reports usage with every chunk, or not at all', async (t) => {
  const every = await started(t, { usage: 'every-chunk', roleOnlyFirstDelta: false });
  const counts = dataEvents((await rawChat(every.url, { max_tokens: 2 })).body).map((event) => event['usage']);
  t.match(counts, [{ completion_tokens: 1 }, { completion_tokens: 2 }, undefined, { completion_tokens: 2 }]);
  every.set({ usage: 'none' });
  t.notMatch((await rawChat(every.url, { max_tokens: 2, ...askingForUsage })).body, /usage/);
});

t.test('sends reasoning first, in the field of choice', async (t) => {
  const server = await started(t, { reasoning: { field: 'reasoning_content', tokens: 2 } });
  const { body } = await rawChat(server.url, { max_tokens: 3, ...askingForUsage });
  t.same(deltas(body), [
    { role: 'assistant' },
    { reasoning_content: 'quiet ' },
    { reasoning_content: 'rivers ' },
    { content: 'carry ' },
    {},
  ]);
  t.match(dataEvents(body).at(-1), {
    usage: { completion_tokens: 3, completion_tokens_details: { reasoning_tokens: 2 } },
  });
});

t.test('sends empty deltas and comments that carry no token', async (t) => {
  const server = await started(t, { emptyDeltas: 2, keepaliveComments: 3 });
  const { body } = await rawChat(server.url, { max_tokens: 2 });
  t.same(deltas(body).slice(0, 4), [{ role: 'assistant' }, { content: '' }, { content: '' }, { content: 'quiet ' }]);
  t.equal(body.split(': keepalive\n\n').length - 1, 4, 'three before the first token, one before the second');
});

t.test('ends lines with CRLF', async (t) => {
  const server = await started(t, { lineEnd: '\r\n' });
  const { body } = await rawChat(server.url, { max_tokens: 2 });
  t.ok(body.endsWith('data: [DONE]\r\n\r\n'));
  t.notMatch(body, /[^\r]\n/);
});

t.test('splits events and characters between writes', async (t) => {
  const server = await started(t, { text: 'multi-byte', splitWrites: 'character' });
  const whole = await rawChat(server.url, { max_tokens: 3 });
  t.equal(answerText(whole.body), 'über 日本語 naïve ');
  t.ok(
    whole.reads.some((read) => read.toString('utf8').includes('\ufffd')),
    'some read ends inside a character',
  );
  server.set({ splitWrites: 'event' });
  const halves = await rawChat(server.url, { max_tokens: 3 });
  t.equal(answerText(halves.body), 'über 日本語 naïve ');
  t.ok(
    halves.reads.some((read) => !read.toString('latin1').endsWith('\n')),
    'some read ends inside an event',
  );
  server.set({ splitWrites: 50 });
  t.equal(answerText((await rawChat(server.url, { max_tokens: 3 })).body), 'über 日本語 naïve ');
});

t.test('adds llama-server timings made of its own stamps, true or false ones', async (t) => {
  const server = await started(t, { timings: { factor: 1 }, tokenGapMs: 2, templateTokens: 0 });
  const askedFor = { max_tokens: 4, ...askingForUsage };
  const honest = dataEvents((await rawChat(server.url, askedFor)).body).at(-1);
  server.set({ timings: { factor: 10 } });
  const flattering = dataEvents((await rawChat(server.url, askedFor)).body).at(-1);
  const [first, second] = server.requests.map((request) => {
    const events = tokenEvents(request);
    return (events.at(-1)?.sentMs ?? Number.NaN) - (events[0]?.sentMs ?? Number.NaN);
  });
  t.match(honest, { timings: { cache_n: 0, prompt_n: 4, predicted_n: 4, predicted_ms: first } });
  t.match(flattering, { timings: { predicted_n: 4, predicted_ms: (second ?? Number.NaN) / 10 } });
  server.set({ timings: { factor: 1 }, chunksPerWrite: 100 });
  const heldBack = dataEvents((await rawChat(server.url, askedFor)).body).at(-1);
  const { predicted_ms: madeMs } = (heldBack as { timings: { predicted_ms: number } }).timings;
  t.ok(Math.abs(madeMs - 3 * 2) < 1e-6, `${madeMs} ms for what was sent at once`);
});

t.test('ends early unless told to ignore the end token', async (t) => {
  const server = await started(t, { eosAfter: 2 });
  const early = await rawChat(server.url, { max_tokens: 5 });
  t.equal(answerText(early.body), 'quiet rivers ');
  t.match(dataEvents(early.body).at(-1), { choices: [{ finish_reason: 'stop' }] });
  const forced = await rawChat(server.url, { max_tokens: 5, ignore_eos: true });
  t.equal(answerText(forced.body).trim().split(' ').length, 5);
  t.match(dataEvents(forced.body).at(-1), { choices: [{ finish_reason: 'length' }] });
});

t.test('answers at once where no stream is asked for', async (t) => {
  const server = await started(t, {});
  const { body } = await rawChat(server.url, { max_tokens: 2, stream: false });
  t.match(JSON.parse(body), {
    object: 'chat.completion',
    choices: [{ message: { content: 'quiet rivers ' }, finish_reason: 'length' }],
    usage: { completion_tokens: 2 },
  });
});

t.test('notices a client that leaves', async (t) => {
  const server = await started(t, { tokenGapMs: 2 });
  await rawChat(server.url, { max_tokens: 100_000 }, { leaveWhen: (text) => text.length > 500 });
  await server.until(() => server.requests[0]?.abandonedMs !== undefined);
  t.equal(server.requests[0]?.endedMs, undefined);
});
