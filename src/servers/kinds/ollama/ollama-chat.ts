/**
 * Ollama's own chat protocol: `/api/chat`, a line of JSON for each piece of the answer. Sources: ollama/ollama
 * api/types.go (ChatRequest, ChatResponse), server/routes.go (streamResponse), llm/llama_server.go.
 */
import * as z from 'zod';
import {
  type ChatEvent,
  type ChatProtocol,
  type ChatRequest,
  type EventCutter,
  messagesOf,
  type StampedRead,
  type StreamEvent,
} from '../../../benchmark/client/chat-protocol.js';
import { failureInStream, requestFailure } from '../../../benchmark/client/failure.js';
import { LineCutter, type StampedLine } from '../../../benchmark/client/line-cutter.js';
import { parsedJson } from '../../../benchmark/json-text.js';

const chunkSchema = z.looseObject({
  message: z.object({ content: z.string().nullish(), thinking: z.string().nullish() }).nullish(),
  done: z.boolean(),
  done_reason: z.string().nullish(),
  prompt_eval_count: z.number().int().min(0).optional().catch(undefined),
  eval_count: z.number().int().min(0).optional().catch(undefined),
});

const LINE_FEED = 0x0a;

/** Asks with the context that `numCtx` gives; `undefined` leaves it to the server. */
export function ollamaChat(numCtx: () => number | undefined): ChatProtocol {
  return {
    path: '/api/chat',
    mediaType: 'application/x-ndjson',
    format: 'lines of JSON',
    body: (request) => chatBody(request, numCtx()),
    cutter: () => new JsonLineCutter(),
    reader: () => chatEvent,
    countEvents: (bytes) => bytes.reduce((count, byte) => count + Number(byte === LINE_FEED), 0),
  };
}

/**
 * Of the options that decide how a model is loaded, only the context is sent: with another one than it has, or without
 * one, the server loads the model anew. No `keep_alive`: it would take the place of the one that its user asked for.
 */
function chatBody(request: ChatRequest, numCtx: number | undefined) {
  const { model, maxTokens, seed } = request;
  return {
    model,
    messages: messagesOf(request),
    stream: true,
    // A prompt that is too long is refused instead of being cut without a word.
    truncate: false,
    options: {
      ...(numCtx === undefined ? {} : { num_ctx: numCtx }),
      ...(seed === undefined ? {} : { seed }),
      num_predict: maxTokens,
      temperature: 0,
    },
  };
}

function chatEvent({ type, data }: StreamEvent): ChatEvent {
  if (type === STUCK) return { kind: 'failure', failure: requestFailure('bad_response', data) };
  const value = parsedJson(data);
  if (typeof value === 'object' && value !== null && 'error' in value) {
    return { kind: 'failure', failure: failureInStream(value) };
  }
  const chunk = chunkSchema.safeParse(value);
  if (!chunk.success) {
    return {
      kind: 'failure',
      failure: requestFailure('bad_response', `a line that is no answer: ${data.slice(0, 300)}`),
    };
  }
  const { message, done, done_reason: reason, prompt_eval_count: prompt, eval_count: completion } = chunk.data;
  return {
    kind: 'chunk',
    answer: message?.content ?? '',
    reasoning: message?.thinking ?? '',
    finishReason: done ? (reason ?? 'stop') : undefined,
    // The count of the prompt includes what was cached; how much of it was, is not told.
    usage: done ? { promptTokens: prompt, completionTokens: completion, cachedTokens: undefined } : undefined,
    object: chunk.data,
  };
}

const STUCK = 'stuck';
// So many equal pieces in a row, and the server drops the next one and with it the rest of the answer.
const EQUAL_PIECES = 31;
const STUCK_WORDS = 'the answer ended before it was finished: Ollama gives up after 31 equal tokens in a row';

/** A line is an event. An answer that broke off because it repeated itself ends with an event that says so. */
class JsonLineCutter implements EventCutter {
  /** The last ones say whether the answer broke off. */
  readonly isBetweenEvents = false;
  readonly #lines = new LineCutter();
  #last: StreamEvent[] = [];

  push(read: StampedRead): StreamEvent[] {
    return this.#events(this.#lines.push(read));
  }

  end(): StreamEvent[] {
    const events = this.#events(this.#lines.end());
    const atMs = this.#last.at(-1)?.atMs ?? 0;
    return isStuck(this.#last) ? [...events, { atMs, type: STUCK, data: STUCK_WORDS }] : events;
  }

  #events(lines: readonly StampedLine[]): StreamEvent[] {
    const events = lines
      .filter(({ bytes }) => bytes.length > 0)
      .map(({ atMs, bytes }) => ({ atMs, type: undefined, data: bytes.toString('utf8') }));
    this.#last = [...this.#last, ...events].slice(-EQUAL_PIECES);
    return events;
  }
}

function isStuck(last: readonly StreamEvent[]): boolean {
  if (last.length < EQUAL_PIECES) return false;
  const pieces = new Set(last.map(({ data }) => pieceIn(data)));
  return pieces.size === 1 && !pieces.has(undefined);
}

/** The text of a line in the middle of an answer, as the server compares it; `undefined` of any other line. */
function pieceIn(data: string): string | undefined {
  const chunk = chunkSchema.safeParse(parsedJson(data)).data;
  if (chunk === undefined || chunk.done) return undefined;
  return `${chunk.message?.thinking ?? ''}${chunk.message?.content ?? ''}`.trim();
}
