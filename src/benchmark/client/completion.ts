/** Reads what a received stream says: tokens and their stamps, usage, errors. */

import type { InferenceServer } from '../inference-server.js';
import { parseEventStream, type StreamEvent } from './event-stream.js';
import { failureInStream, type RequestFailure, requestFailure } from './failure.js';
import type { ReceivedStream, RequestOutcome, TokenUsage } from './request.js';

interface Delta {
  readonly answer: string;
  readonly reasoning: string;
  readonly finishReason: string | undefined;
}

type JsonObject = Readonly<Record<string, unknown>>;

// vLLM ends with `abort` what it gave up, gateways with `error` what failed behind them.
const failedReasons: ReadonlySet<string> = new Set(['abort', 'error']);

/** Turns a stream that ended without a fault of the connection into timings, or names what was wrong with it. */
export function readCompletion(stream: ReceivedStream, server: InferenceServer): RequestOutcome {
  const events = parseEventStream(stream.reads);
  if (events.length === 0) return { ok: false, failure: requestFailure('bad_response', notAStream(stream)) };
  const tokenStampsMs: number[] = [];
  const texts: string[] = [];
  const objects: JsonObject[] = [];
  let firstAnswerMs: number | undefined;
  let complete = false;
  for (const event of events) {
    if (event.data === '[DONE]') {
      complete = true;
      continue;
    }
    const chunk = parsedChunk(event);
    if (!chunk.ok) return chunk;
    objects.push(chunk.object);
    const delta = deltaOf(chunk.object);
    if (delta.finishReason !== undefined) {
      if (failedReasons.has(delta.finishReason)) return { ok: false, failure: givenUp(delta.finishReason) };
      complete = true;
    }
    if (delta.answer === '' && delta.reasoning === '') continue;
    tokenStampsMs.push(event.atMs);
    texts.push(delta.reasoning, delta.answer);
    if (delta.answer !== '') firstAnswerMs ??= event.atMs;
  }
  if (!complete)
    return { ok: false, failure: requestFailure('bad_response', 'the stream ended before it was finished') };
  if (tokenStampsMs.length === 0) return { ok: false, failure: requestFailure('empty_response', 'no token came') };
  return {
    ok: true,
    timings: {
      startMs: stream.startMs,
      tokenStampsMs,
      firstAnswerMs,
      endMs: stream.endMs,
      usage: usageOf(objects),
      own: server.ownTimings(objects),
      text: texts.join(''),
    },
  };
}

function givenUp(finishReason: string): RequestFailure {
  return requestFailure('stream_error', `finish_reason "${finishReason}"`);
}

function notAStream(stream: ReceivedStream): string {
  const start = Buffer.concat(stream.reads.map((read) => read.bytes))
    .toString('utf8')
    .slice(0, 300);
  return `expected an event stream, got ${stream.contentType || 'no content type'}: ${start || 'nothing'}`;
}

type ParsedChunk = { ok: true; object: JsonObject } | Extract<RequestOutcome, { ok: false }>;

function parsedChunk(event: StreamEvent): ParsedChunk {
  let value: unknown;
  try {
    value = JSON.parse(event.data);
  } catch {
    if (event.type === 'error') return { ok: false, failure: failureInStream(event.data) };
    return {
      ok: false,
      failure: requestFailure('bad_response', `an event that is not JSON: ${event.data.slice(0, 300)}`),
    };
  }
  if (!isObject(value))
    return { ok: false, failure: requestFailure('bad_response', `an event that is no object: ${event.data}`) };
  return isError(event, value) ? { ok: false, failure: failureInStream(value) } : { ok: true, object: value };
}

/** An error is `{error: …}`, `{object: "error", message: …}` or whatever comes under `event: error`. */
function isError(event: StreamEvent, value: JsonObject): boolean {
  return event.type === 'error' || value['object'] === 'error' || (value['error'] ?? null) !== null;
}

// `reasoning`: Ollama, vLLM, LM Studio; `reasoning_content`: llama-server. A role-only delta has neither and is no token.
function deltaOf(chunk: JsonObject): Delta {
  const choices = chunk['choices'];
  const choice: unknown = Array.isArray(choices) ? choices[0] : undefined;
  if (!isObject(choice)) return { answer: '', reasoning: '', finishReason: undefined };
  const delta = isObject(choice['delta']) ? choice['delta'] : {};
  return {
    answer: words(delta['content']),
    reasoning: words(delta['reasoning']) || words(delta['reasoning_content']),
    finishReason: typeof choice['finish_reason'] === 'string' ? choice['finish_reason'] : undefined,
  };
}

/** The last usage wins: some servers repeat a growing one in every chunk. */
function usageOf(objects: readonly JsonObject[]): TokenUsage {
  const usage = objects.findLast((object) => isObject(object['usage']))?.['usage'];
  if (!isObject(usage)) return { promptTokens: undefined, completionTokens: undefined, cachedTokens: undefined };
  const details = isObject(usage['prompt_tokens_details']) ? usage['prompt_tokens_details'] : {};
  return {
    promptTokens: count(usage['prompt_tokens']),
    completionTokens: count(usage['completion_tokens']),
    cachedTokens: count(details['cached_tokens']),
  };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function words(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
