/** The OpenAI chat protocol, `/v1/chat/completions` with server-sent events, in the dialects of its many servers. */
import {
  type ChatEvent,
  type ChatProtocol,
  type ChatRequest,
  messagesOf,
  type StreamEvent,
  type TokenUsage,
} from './chat-protocol.js';
import { countDataLines, EventStreamCutter } from './event-stream.js';
import { failureInStream, requestFailure } from './failure.js';

type JsonObject = Readonly<Record<string, unknown>>;

// vLLM ends with `abort` what it gave up, gateways with `error` what failed behind them.
const failedReasons: ReadonlySet<string> = new Set(['abort', 'error']);

export const openAiChat: ChatProtocol = {
  path: '/v1/chat/completions',
  mediaType: 'text/event-stream',
  format: 'an event stream',
  body: chatBody,
  cutter: () => new EventStreamCutter(),
  reader: () => chatEvent,
  countEvents: countDataLines,
};

function chatBody(request: ChatRequest): JsonObject {
  return {
    model: request.model,
    messages: messagesOf(request),
    max_tokens: request.maxTokens,
    temperature: 0,
    ...(request.seed === undefined ? {} : { seed: request.seed }),
    stream: true,
    stream_options: { include_usage: true },
  };
}

function chatEvent(event: StreamEvent): ChatEvent {
  if (event.data === '[DONE]') return { kind: 'done' };
  let value: unknown;
  try {
    value = JSON.parse(event.data);
  } catch {
    return notJson(event);
  }
  if (isError(event, value)) return { kind: 'failure', failure: failureInStream(value) };
  if (!isObject(value)) return bad(`an event that is no object: ${event.data}`);
  const { answer, reasoning, finishReason } = deltaOf(value);
  if (finishReason !== undefined && failedReasons.has(finishReason)) {
    return { kind: 'failure', failure: requestFailure('stream_error', `finish_reason "${finishReason}"`) };
  }
  return { kind: 'chunk', answer, reasoning, finishReason, usage: usageOf(value), object: value };
}

/** Words where JSON should be are the server's own about what went wrong; JSON that breaks off is a broken stream. */
function notJson({ type, data }: StreamEvent): ChatEvent {
  const isWords = type === 'error' || !/^\s*[[{"]/.test(data);
  if (isWords) return { kind: 'failure', failure: failureInStream(data) };
  return bad(`an event that is not JSON: ${data.slice(0, 300)}`);
}

function bad(words: string): ChatEvent {
  return { kind: 'failure', failure: requestFailure('bad_response', words) };
}

/** An error is `{error: …}`, `{object: "error", message: …}` or whatever comes under `event: error`. */
function isError(event: StreamEvent, value: unknown): boolean {
  if (event.type === 'error') return true;
  return isObject(value) && (value['object'] === 'error' || (value['error'] ?? null) !== null);
}

interface Delta {
  readonly answer: string;
  readonly reasoning: string;
  readonly finishReason: string | undefined;
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
    // Some servers send an empty one with each chunk: the answer goes on.
    finishReason: words(choice['finish_reason']) || undefined,
  };
}

function usageOf({ usage }: JsonObject): TokenUsage | undefined {
  if (!isObject(usage)) return undefined;
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
