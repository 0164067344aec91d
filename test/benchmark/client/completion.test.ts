import t from 'tap';
import type { StampedRead } from '../../../src/benchmark/client/chat-protocol.js';
import { Completion } from '../../../src/benchmark/client/completion.js';
import type { ReadAnswer, RequestTimings } from '../../../src/benchmark/client/request-timings.js';
import type { InferenceServer } from '../../../src/benchmark/inference-server.js';
import { plainInferenceServer } from '../../fixtures/plain-inference-server.js';

const server = plainInferenceServer('http://127.0.0.1:9');

interface ReceivedStream {
  readonly contentType: string;
  readonly reads: readonly StampedRead[];
}

/** With and without looking for what repeats itself: the same comes of both. */
function readCompletion(received: ReceivedStream, by: InferenceServer): ReadAnswer {
  const answer = readBy(received, by, (completion, read) => completion.push(read));
  const again = readBy(received, by, (completion, read) => {
    const text = read.bytes.toString('latin1');
    if (!completion.takeSpan(text, 0, text.length, read.atMs)) completion.push(read);
  });
  t.same(again, answer, 'what repeats itself reads the same');
  return answer;
}

function readBy(
  { contentType, reads }: ReceivedStream,
  by: InferenceServer,
  take: (completion: Completion, read: StampedRead) => void,
): ReadAnswer {
  const completion = new Completion(by);
  for (const read of reads) take(completion, read);
  const beginning = () => Buffer.concat(reads.map(({ bytes }) => bytes)).toString('utf8');
  return completion.ended({ startMs: 0, endMs: 1000, maxTokens: 64, contentType, isLocal: true, beginning });
}

/** One event a read, the first at 10 ms, the others 10 ms apart. */
function stream(...events: readonly unknown[]): ReceivedStream {
  return {
    contentType: 'text/event-stream',
    reads: events.map((event, index) => ({
      atMs: 10 * (index + 1),
      bytes: Buffer.from(`data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`),
    })),
  };
}

function chunk(delta: unknown, finishReason: string | null = null): unknown {
  return { object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finishReason }] };
}

const role = chunk({ role: 'assistant', content: '' });
const one = chunk({ content: 'one ' });
const two = chunk({ content: 'two ' });
const finish = chunk({}, 'length');

function read(received: ReceivedStream, by: InferenceServer = server): RequestTimings {
  const outcome = readCompletion(received, by);
  if (!outcome.ok) throw new Error(`expected timings, got ${JSON.stringify(outcome.failure)}`);
  return outcome.timings;
}

function stampsOf({ chunks }: RequestTimings): number[] {
  return chunks.map(({ atMs }) => atMs);
}

function failure(received: ReceivedStream) {
  const outcome = readCompletion(received, server);
  if (outcome.ok) throw new Error(`expected a failure, got ${JSON.stringify(outcome.timings)}`);
  return outcome.failure;
}

t.test('stamps the chunks that carry tokens and no others', async (t) => {
  const empty = chunk({ content: '' });
  const timings = read(stream(role, empty, one, empty, two, finish, { choices: [], usage: {} }, '[DONE]'));
  t.same(timings.chunks, [
    { atMs: 30, characters: 4 },
    { atMs: 50, characters: 4 },
  ]);
  t.equal(timings.firstAnswerMs, 30);
  t.equal(timings.text, 'one two ');
  t.match(timings, { startMs: 0, endMs: 1000, own: undefined });
});

t.test('reasoning is tokens, under both names, and is told from the answer', async (t) => {
  for (const field of ['reasoning', 'reasoning_content']) {
    const timings = read(stream(role, chunk({ [field]: 'hm ' }), chunk({ [field]: 'so ', content: '' }), one, finish));
    t.same(stampsOf(timings), [20, 30, 40], field);
    t.equal(timings.firstAnswerMs, 40);
    t.equal(timings.text, 'hm so one ');
  }
  const both = read(stream(chunk({ reasoning: 'hm ', reasoning_content: 'hm ' }), finish));
  t.equal(both.text, 'hm ', 'the same words under both names count once');
  t.equal(both.firstAnswerMs, undefined, 'no answer came');
});

t.test('fields of another type are no tokens', async (t) => {
  const odd = [chunk({ content: null }), chunk({ content: 7 }), chunk(null), chunk(undefined), { choices: 'none' }, {}];
  t.same(stampsOf(read(stream(...odd, one, finish))), [70]);
});

t.test('the last usage wins', async (t) => {
  const usage = (completion: number) => ({
    ...(chunk({ content: 'x' }) as object),
    usage: { prompt_tokens: 7, completion_tokens: completion },
  });
  const details = {
    choices: [],
    usage: { prompt_tokens: 7, completion_tokens: 3, prompt_tokens_details: { cached_tokens: 2 } },
  };
  t.same(read(stream(usage(1), usage(2), finish, details)).usage, {
    promptTokens: 7,
    completionTokens: 3,
    cachedTokens: 2,
  });
  const nothing = { promptTokens: undefined, completionTokens: undefined, cachedTokens: undefined };
  t.same(read(stream(one, finish, { choices: [], usage: null })).usage, nothing);
});

t.test('a usage of zeros does not replace one that counts', async (t) => {
  const good = { choices: [], usage: { prompt_tokens: 30, completion_tokens: 64 } };
  const zeros = { choices: [], usage: { prompt_tokens: 0, completion_tokens: 0 } };
  const { usage } = read(stream(one, finish, good, zeros, '[DONE]'));
  t.match(usage, { promptTokens: 30, completionTokens: 64 });
  const half = { choices: [], usage: { prompt_tokens: 0, completion_tokens: 64 } };
  t.match(read(stream(one, good, finish, half)).usage, { promptTokens: 30, completionTokens: 64 });
});

t.test('tells which share of the reads was cut in the middle of a line', async (t) => {
  const reads = ['data: {"a', '":1}\n\n', `data: ${JSON.stringify(one)}\n\n`, `data: ${JSON.stringify(finish)}\n\n`];
  const pieces = reads.map((text, index) => ({ atMs: index, bytes: Buffer.from(text) }));
  t.equal(read({ contentType: 'text/event-stream', reads: pieces }).cutReads, 0.25);
});

t.test('counts that are no counts are unknown', async (t) => {
  const unknown = { promptTokens: undefined, completionTokens: undefined, cachedTokens: undefined };
  for (const value of [-1, 1.5, 1e300, '12', null, [12]]) {
    const usage = {
      prompt_tokens: value,
      completion_tokens: value,
      prompt_tokens_details: { cached_tokens: value },
    };
    t.same(read(stream(one, finish, { choices: [], usage })).usage, unknown, JSON.stringify(value));
  }
});

t.test("hands the server's reader every event in order", async (t) => {
  let seen: readonly unknown[] = [];
  const own = { raw: { predicted_n: 1 }, completionTokens: 1 };
  const reading = plainInferenceServer('http://127.0.0.1:9', {
    ownTimings: (events) => {
      seen = events;
      return own;
    },
  });
  t.same(read(stream(role, one, finish, '[DONE]'), reading).own, own);
  t.same(seen, [role, one, finish]);
});

t.test('a finish reason or [DONE] ends an answer; one without either was cut off', async (t) => {
  t.ok(readCompletion(stream(one, finish), server).ok);
  t.ok(readCompletion(stream(one, '[DONE]'), server).ok);
  t.same(failure(stream(one, two)), { error: 'bad_response', detail: 'the stream was cut off after 2 of 64 tokens' });
});

t.test('an answer without a token is empty', async (t) => {
  t.same(failure(stream('[DONE]')), { error: 'empty_response', detail: 'no token came' });
  t.equal(failure(stream(role, chunk({}, 'stop'), { choices: [], usage: {} }, '[DONE]')).error, 'empty_response');
});

t.test('an error in the stream is never a success, whatever came before and after it', async (t) => {
  const error = { error: { message: 'out of memory', type: 'server_error' } };
  t.same(failure(stream(one, two, error, finish, '[DONE]')), { error: 'stream_error', detail: 'out of memory' });
  t.same(failure(stream(one, finish, error)), { error: 'stream_error', detail: 'out of memory' });
  t.same(failure(stream({ ...(one as object), ...error }, finish)), { error: 'stream_error', detail: 'out of memory' });
  t.same(failure(stream(one, { error: 'stopped' }, '[DONE]')), { error: 'stream_error', detail: 'stopped' });
  const flat = { object: 'error', message: 'engine died', code: 500 };
  t.same(failure(stream(one, flat, '[DONE]')), { error: 'stream_error', detail: 'engine died' });
  t.ok(readCompletion(stream({ ...(one as object), error: null }, finish), server).ok, 'null is no error');
});

t.test('an answer that the server itself calls failed is no success', async (t) => {
  for (const reason of ['error', 'abort']) {
    t.same(failure(stream(one, chunk({}, reason), '[DONE]')), {
      error: 'stream_error',
      detail: `finish_reason "${reason}"`,
    });
  }
});

t.test('an event named error is an error, JSON or not', async (t) => {
  const named = (data: string): ReceivedStream => ({
    ...stream(),
    reads: [{ atMs: 1, bytes: Buffer.from(`data: ${JSON.stringify(one)}\n\nevent: error\ndata: ${data}\n\n`) }],
  });
  t.same(failure(named('{"message":"gone"}')), { error: 'stream_error', detail: 'gone' });
  t.same(failure(named('gone')), { error: 'stream_error', detail: 'gone' });
});

t.test('events that are no JSON objects are a bad response that quotes them', async (t) => {
  t.same(failure(stream(one, '{"choi', finish)), {
    error: 'bad_response',
    detail: 'an event that is not JSON: {"choi',
  });
  t.match(failure(stream(one, '[1]', finish)), { error: 'bad_response', detail: /no object: \[1\]$/ });
  t.equal(failure(stream(one, `"${'x'.repeat(9000)}"`, finish)).detail?.length, 500);
});

t.test('what is no event stream is quoted with its type', async (t) => {
  const page = {
    ...stream(),
    contentType: 'text/html',
    reads: [{ atMs: 1, bytes: Buffer.from('<h1>It works!</h1>') }],
  };
  t.same(failure(page), {
    error: 'bad_response',
    detail: 'expected an event stream, got text/html: <h1>It works!</h1>',
  });
  t.same(failure({ ...stream(), contentType: '' }), {
    error: 'bad_response',
    detail: 'expected an event stream, got no content type: nothing',
  });
});
