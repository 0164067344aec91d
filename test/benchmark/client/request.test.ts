import { createServer } from 'node:http';
import t from 'tap';
import { countDataLines } from '../../../src/benchmark/client/event-stream.js';
import { openAiChat } from '../../../src/benchmark/client/openai-chat.js';
import type { ReceivedSoFar } from '../../../src/benchmark/client/received-bytes.js';
import { monotonicMs } from '../../../src/benchmark/clock.js';
import { builtInPrompts, withNonce } from '../../../src/benchmark/prompts.js';
import type { FakeLlmOptions } from '../../fixtures/fake-llm/options.js';
import { tokenEvents } from '../../fixtures/fake-llm/recorded-request.js';
import { listening } from '../../fixtures/listening.js';
import { asking, measuring, onEachServer } from '../../fixtures/measured-request.js';
import { plainInferenceServer } from '../../fixtures/plain-inference-server.js';
import { seededRandom, seeds } from '../../fixtures/seeded-random.js';

onEachServer('asks for a stream with usage, at temperature 0, of so many tokens', async (t, measuring) => {
  const { timings, seen } = await measuring(t);
  const prompt = withNonce('0f1e2d3c4b5a6978', builtInPrompts.short);
  await timings({ prompt, maxTokens: 7 });
  t.same(seen().body, {
    model: 'fake-model',
    messages: [{ role: 'user', content: prompt }],
    max_tokens: 7,
    temperature: 0,
    stream: true,
    stream_options: { include_usage: true },
  });
  t.ok(prompt.startsWith('0f1e2d3c4b5a6978'), 'the nonce is the first that the server reads');
});

onEachServer("adds the server's own fields, headers and route", async (t, measuring) => {
  const given: unknown[] = [];
  const { timings, seen } = await measuring(
    t,
    { apiKey: 'secret' },
    {
      headers: { authorization: 'Bearer secret', 'x-typhon': '1' },
      chat: { ...openAiChat, path: '/v1/chat/completions?cache=no' },
      requestExtras: (request) => {
        given.push(request);
        return { cache_prompt: false, ignore_eos: true, cache_salt: request.nonce, min_tokens: request.maxTokens };
      },
    },
  );
  await timings({ maxTokens: 5, nonce: 'abc' });
  t.same(given, [{ maxTokens: 5, nonce: 'abc' }]);
  t.match(seen(), {
    path: '/v1/chat/completions?cache=no',
    headers: { authorization: 'Bearer secret', 'x-typhon': '1', 'content-type': 'application/json' },
    body: { cache_prompt: false, ignore_eos: true, cache_salt: 'abc', min_tokens: 5, max_tokens: 5 },
  });
});

onEachServer('every request has a connection of its own', async (t, measuring) => {
  const { fake, timings } = await measuring(t);
  for (let request = 0; request < 4; request += 1) await timings();
  t.equal(new Set(fake.chatRequests.map((request) => request.clientPort)).size, 4);
});

onEachServer('stamps the hand-over, each token and the end, each after what caused it', async (t, measuring) => {
  const { timings, seen } = await measuring(t, { ttftMs: 5, tokenGapMs: 3 });
  await timings();
  const beforeMs = monotonicMs();
  const { startMs, chunks, firstAnswerMs, endMs, usage, text } = await timings({ maxTokens: 6 });
  const afterMs = monotonicMs();
  const sent = tokenEvents(seen());
  t.ok(beforeMs < startMs && startMs < (seen().receivedMs ?? Number.NaN), 'handed over before the server had it');
  t.equal(chunks.length, 6);
  for (const [index, { atMs: stamp }] of chunks.entries()) {
    t.ok(stamp > (sent[index]?.sentMs ?? Number.NaN), 'no token arrives before it is sent');
    t.ok(stamp >= (chunks[index - 1]?.atMs ?? 0), 'in order');
  }
  t.equal(firstAnswerMs, chunks[0]?.atMs);
  const lastSent = seen().events.at(-1);
  t.equal(lastSent?.kind, 'done');
  t.ok(endMs > (lastSent?.sentMs ?? Number.NaN) && endMs <= afterMs);
  t.ok((chunks.at(-1)?.atMs ?? Number.NaN) <= endMs);
  t.same(usage, { promptTokens: 5 + 8, completionTokens: 6, cachedTokens: 0 });
  t.equal(text, 'quiet rivers carry old stones towards ');
});

onEachServer('a role, empty deltas and comments are no tokens', async (t, measuring) => {
  const { timings, seen } = await measuring(t, {
    ttftMs: 10,
    roleOnlyFirstDelta: true,
    emptyDeltas: 3,
    keepaliveComments: 2,
  });
  const { chunks } = await timings({ maxTokens: 3 });
  t.equal(chunks.length, 3);
  const kinds = seen().events.map((event) => event.kind);
  t.same(kinds.slice(0, 6), ['role', 'empty', 'empty', 'empty', 'comment', 'comment']);
  t.ok((chunks[0]?.atMs ?? 0) > (tokenEvents(seen())[0]?.sentMs ?? Number.NaN), 'the first is the first with words');
});

onEachServer('reasoning is tokens, and the first of the answer is known apart', async (t, measuring) => {
  for (const field of ['reasoning', 'reasoning_content'] as const) {
    const { timings } = await measuring(t, { reasoning: { field, tokens: 3 }, tokenGapMs: 2 });
    const { chunks, firstAnswerMs } = await timings({ maxTokens: 5 });
    t.equal(chunks.length, 5);
    t.equal(firstAnswerMs, chunks[3]?.atMs, field);
    const silent = await timings({ maxTokens: 3 });
    t.equal(silent.chunks.length, 3);
    t.equal(silent.firstAnswerMs, undefined, 'an answer that is all reasoning');
  }
});

onEachServer(
  'several tokens in a chunk share its stamp, several chunks in a write share its read',
  async (t, measuring) => {
    const { timings } = await measuring(t, { tokensPerChunk: 3, tokenGapMs: 1 });
    const perChunk = await timings({ maxTokens: 8 });
    t.equal(perChunk.chunks.length, 3);
    t.equal(perChunk.usage.completionTokens, 8);
    const written = await measuring(t, { chunksPerWrite: 4, tokenGapMs: 1 });
    const { chunks } = await written.timings({ maxTokens: 8 });
    t.equal(chunks.length, 8);
    t.equal(new Set(chunks.slice(0, 4).map(({ atMs }) => atMs)).size, 1);
    t.equal(new Set(chunks.slice(4).map(({ atMs }) => atMs)).size, 1);
  },
);

onEachServer('whatever a stream looks like, its words, tokens and counts come through', async (t, measuring) => {
  const { fake, timings, seen } = await measuring(t);
  const pick = <T>(random: () => number, ...choices: readonly T[]): T | undefined =>
    choices[Math.floor(random() * choices.length)];
  for (const seed of seeds.slice(0, 25)) {
    const random = seededRandom(seed);
    const options: FakeLlmOptions = {
      tokensPerChunk: pick(random, 1, 1, 2, 5),
      chunksPerWrite: pick(random, 1, 1, 3),
      usage: pick(random, 'final-chunk', 'every-chunk', 'none'),
      reasoning: pick(random, undefined, { field: 'reasoning', tokens: 2 }),
      roleOnlyFirstDelta: pick(random, true, false),
      emptyDeltas: pick(random, 0, 2),
      keepaliveComments: pick(random, 0, 1),
      text: pick(random, 'ascii', 'multi-byte'),
      lineEnd: pick(random, '\n', '\r\n'),
      splitWrites: pick<FakeLlmOptions['splitWrites']>(random, undefined, 'event', 'character', 90),
    };
    fake.set(options);
    const maxTokens = 1 + Math.floor(random() * 9);
    const read = await timings({ maxTokens });
    const events = tokenEvents(seen());
    const told = `seed ${seed}: ${JSON.stringify(options)}`;
    t.equal(read.chunks.length, events.length, told);
    t.equal(read.text.match(/\S+/g)?.length, maxTokens, 'as many words as tokens');
    t.notMatch(read.text, /\ufffd/, 'no character is broken');
    t.equal(read.usage.completionTokens, options.usage === 'none' ? undefined : maxTokens);
    // An event that is cut into pieces is recorded as sent with the last one, which may be but its blank line.
    const early = read.chunks.filter(({ atMs }, index) => atMs < (events[index]?.sentMs ?? Number.NaN));
    if (options.splitWrites === undefined) t.same(early, [], 'none before it was sent');
  }
});

onEachServer('bytes that are no UTF-8 do not fail an answer', async (t, measuring) => {
  const { timings } = await measuring(t, { fault: { kind: 'invalid-utf8', afterTokens: 2 } });
  const { chunks, text } = await timings();
  t.equal(chunks.length, 4);
  t.match(text, /\ufffd/);
});

onEachServer('an answer without [DONE] is whole once it has its finish reason', async (t, measuring) => {
  const { timings } = await measuring(t, { fault: { kind: 'no-done' } });
  t.equal((await timings()).chunks.length, 4);
});

onEachServer('a server that refuses to keep the connection is asked over a new one', async (t, measuring) => {
  const { fake, timings } = await measuring(t, { fault: { kind: 'connection-close' } });
  for (let request = 0; request < 3; request += 1) await timings();
  t.equal(new Set(fake.chatRequests.map((request) => request.clientPort)).size, 3);
});

onEachServer('a stream that is left open after [DONE] ends with [DONE]', async (t, measuring) => {
  const { fake, timings, seen } = await measuring(t, { faults: [{ kind: 'open-after-done' }], splitWrites: 7 });
  const { chunks, endMs } = await timings();
  t.equal(chunks.length, 4);
  t.ok(monotonicMs() - endMs > 500, 'the wait for the end is no part of what was measured');
  await fake.until(() => seen().abandonedMs !== undefined);
  fake.set({ splitWrites: undefined });
  t.equal((await timings()).chunks.length, 4, 'the next one has a connection of its own');
});

onEachServer('tells when it was sent and what is coming in', async (t, measuring) => {
  const { fake, timings, seen } = await measuring(t, { roleOnlyFirstDelta: true });
  const told: (string | number)[] = [];
  let events = 0;
  const onRead = (received: ReceivedSoFar, atMs: number) => {
    events = countDataLines(received.since(0));
    told.push(atMs);
  };
  const { endMs } = await timings({ onSent: () => told.push('sent'), onRead });
  t.equal(told[0], 'sent');
  t.equal(told.at(-1), endMs, 'with the stamp of each read');
  t.equal(told.filter((one) => one === 'sent').length, 1);
  t.equal(events, seen().events.length, 'every event, whatever it carries');
  t.equal(fake.chatRequests.length, 1);
});

onEachServer("hands the server's own figures on", async (t, measuring) => {
  const { timings } = await measuring(
    t,
    { timings: { factor: 1 } },
    {
      ownTimings: (events) => {
        const last = events.at(-1) as { timings: { predicted_n: number } };
        return { raw: { predicted_n: last.timings.predicted_n }, completionTokens: last.timings.predicted_n };
      },
    },
  );
  t.same((await timings()).own, { raw: { predicted_n: 4 }, completionTokens: 4 });
});

t.test(
  'a request whose connection breaks before a word in answer is sent once more, with stamps of its own',
  async (t) => {
    const ways: readonly FakeLlmOptions[] = [
      { faults: [{ kind: 'reset' }] },
      { faults: [{ kind: 'close-unanswered' }] },
      { closes: { idle: 1 } },
    ];
    for (const way of ways) {
      const { fake, ask, seen } = await measuring(t, way);
      const outcome = await ask();
      t.match(outcome, { ok: true, isRetried: true }, JSON.stringify(way));
      const [first] = fake.chatRequests;
      if (outcome.ok && first !== seen()) {
        t.ok(outcome.timings.startMs > (first?.arrivedMs ?? Number.NaN), 'the time counts from the second one');
      }
      t.match(await ask(), { ok: true, isRetried: false });
    }
  },
);

t.test('it is sent once more and no oftener', async (t) => {
  const { fake, ask } = await measuring(t, { fault: { kind: 'close-unanswered' } });
  t.match(await ask(), { ok: false, isRetried: true, failure: { error: 'connection_reset' } });
  t.equal(fake.chatRequests.length, 2);
});

t.test('what breaks after the first byte of an answer is not sent again', async (t) => {
  for (const fault of [{ kind: 'close-in-header' }, { kind: 'reset', afterTokens: 1 }] as const) {
    const { fake, ask } = await measuring(t, { fault });
    t.match(await ask(), { ok: false, isRetried: false, failure: { error: 'connection_reset' } }, fault.kind);
    t.equal(fake.chatRequests.length, 1);
  }
});

t.test('a server that closes after each request, whatever its headers say, loses none', async (t) => {
  const { ask } = await measuring(t, { closes: { afterRequests: 1 } });
  for (let request = 0; request < 5; request += 1) t.match(await ask(), { ok: true, isRetried: false });
});

t.test('connections are open before the first request is sent', async (t) => {
  const { fake, prepare } = await measuring(t);
  const sends = await Promise.all([prepare(), prepare(), prepare()]);
  t.equal(fake.chatRequests.length, 0);
  for (const send of sends) t.match(await send(), { ok: true, isRetried: false });
  t.equal(new Set(fake.chatRequests.map((request) => request.clientPort)).size, 3);
});

t.test(
  'an answer whose response stays open is whole with its finish reason and usage, or after two seconds',
  async (t) => {
    const words = '{"choices":[{"delta":{"content":"word "}}]}';
    const finish = '{"choices":[{"delta":{},"finish_reason":"length"}]}';
    const usage = '{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":1}}';
    for (const events of [
      [words, finish, usage],
      [words, finish],
    ]) {
      const server = createServer((request, response) => {
        request.resume();
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(events.map((event) => `data: ${event}\n\n`).join(''));
      });
      const port = await listening(t, server);
      const outcome = await asking(plainInferenceServer(`http://127.0.0.1:${port}`))();
      t.match(outcome, { ok: true, timings: { chunks: { length: 1 } } });
      if (outcome.ok) t.equal(outcome.timings.endMs, outcome.timings.chunks[0]?.atMs, 'the wait is no part of it');
    }
  },
);

t.test('many requests that one signal stops draw no warning of a leak', async (t) => {
  const { timings } = await measuring(t);
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => void warnings.push(warning);
  process.on('warning', onWarning);
  t.teardown(() => process.removeListener('warning', onWarning));
  const { signal } = new AbortController();
  await Promise.all(Array.from({ length: 12 }, () => timings({ signal })));
  t.same(warnings, []);
});
