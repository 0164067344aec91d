/** Reads what a streamed answer says: tokens and their stamps, usage, errors. */

import type { InferenceServer } from '../inference-server.js';
import type { ChatChunk, ChatEvent, EventCutter, StampedRead, StreamEvent, TokenUsage } from './chat-protocol.js';
import { type RequestFailure, requestFailure } from './failure.js';
import { repeatedText } from './repeated-text.js';
import type { ReadAnswer } from './request-timings.js';
import { type TokenLog, tokenLog } from './token-log.js';

/**
 * How far an answer has come. `finished`: it said why it ends, its usage may follow. `whole`: nothing that matters
 * follows. `failed`: whatever follows, it is no answer.
 */
export type AnswerState = 'going-on' | 'finished' | 'whole' | 'failed';

/** What is known of a stream beside its events. */
export interface StreamFrame {
  readonly startMs: number;
  readonly endMs: number;
  readonly contentType: string;
  /** What was asked for. */
  readonly maxTokens: number;
  /** Whether the server runs on this machine. */
  readonly isLocal: boolean;
  /** Its first bytes as text, asked for where they are no answer. */
  readonly beginning: () => string;
}

const LINE_FEED = 0x0a;
const unknownUsage: TokenUsage = { promptTokens: undefined, completionTokens: undefined, cachedTokens: undefined };

/** One answer, read in as many pieces as one likes. */
export class Completion {
  readonly #server: InferenceServer;
  readonly #cutter: EventCutter;
  readonly #read: (event: StreamEvent) => ChatEvent;
  readonly #repeated = repeatedText();
  readonly #log = tokenLog(this.#repeated, () => this.#tellObject(this.#repeated.chunk?.object));
  readonly #objects: Readonly<Record<string, unknown>>[] = [];
  #lastObject: Readonly<Record<string, unknown>> | undefined;
  #events = 0;
  #firstAnswerMs: number | undefined;
  #usage: TokenUsage | undefined;
  #model: string | undefined;
  #isFinished = false;
  #isDone = false;
  #failure: RequestFailure | undefined;

  constructor(server: InferenceServer) {
    this.#server = server;
    this.#cutter = server.chat.cutter();
    this.#read = server.chat.reader();
  }

  get state(): AnswerState {
    if (this.#failure !== undefined) return 'failed';
    if (this.#isDone || (this.#isFinished && this.#usage !== undefined)) return 'whole';
    return this.#isFinished ? 'finished' : 'going-on';
  }

  get hasTokens(): boolean {
    return this.#log.chunks.length > 0;
  }

  /** Of one read, or of a piece of it: pieces with the same stamp are one read. */
  push(piece: StampedRead): void {
    const { atMs, bytes } = piece;
    this.#log.countRead(atMs, bytes[bytes.length - 1] !== LINE_FEED);
    const wasBetweenEvents = this.#cutter.isBetweenEvents;
    const events = this.#cutter.push(piece);
    const isWhole = wasBetweenEvents && this.#cutter.isBetweenEvents && events.length === 1;
    this.#take(events, isWhole ? bytes : undefined);
    this.#log.pushed(this.#failure === undefined && this.#cutter.isBetweenEvents);
  }

  /**
   * As `push`, of the event between two places of bytes, a character for each, where it repeats an earlier one but for its
   * text; false of all others, which are to be pushed.
   */
  get takeSpan(): TokenLog['takeSpan'] {
    return this.#log.takeSpan;
  }

  /** Timings of the answer, or what was wrong with it. Nothing may be pushed any more. */
  ended(frame: StreamFrame): ReadAnswer {
    this.#take(this.#cutter.end());
    const failure = this.#failure ?? this.#missing(frame);
    if (failure !== undefined) return { ok: false, failure };
    return {
      ok: true,
      timings: {
        startMs: frame.startMs,
        chunks: this.#log.chunks,
        cutReads: this.#log.cutReads(),
        firstAnswerMs: this.#firstAnswerMs,
        endMs: frame.endMs,
        isLocal: frame.isLocal,
        usage: this.#usage ?? unknownUsage,
        model: this.#model,
        own: this.#server.ownTimings(this.#objects),
        text: this.#log.text(),
      },
    };
  }

  #missing({ contentType, maxTokens, beginning }: StreamFrame): RequestFailure | undefined {
    if (this.#events === 0) {
      const got = `${contentType || 'no content type'}: ${beginning() || 'nothing'}`;
      return requestFailure('bad_response', `expected ${this.#server.chat.format}, got ${got}`);
    }
    if (this.state === 'going-on') {
      return requestFailure(
        'bad_response',
        `the stream was cut off after ${this.#log.chunks.length} of ${maxTokens} tokens`,
      );
    }
    return this.#log.chunks.length === 0 ? requestFailure('empty_response', 'no token came') : undefined;
  }

  /** `bytes`: all of the only event, where it came in one piece. */
  #take(events: readonly StreamEvent[], bytes?: Buffer): void {
    for (const event of events) {
      if (this.#failure !== undefined) return;
      this.#events += 1;
      const said = this.#read(event);
      if (said.kind === 'failure') this.#failure = this.#log.chunks.length === 0 ? said.failure : begun(said.failure);
      else if (said.kind === 'done') this.#isDone = true;
      else {
        if (bytes !== undefined) this.#repeated.learn(bytes.toString('latin1'), said);
        this.#chunk(said, event.atMs);
      }
    }
  }

  #tellObject(object: ChatChunk['object'] | undefined): void {
    if (object !== undefined && object !== this.#lastObject) this.#objects.push(object);
    this.#lastObject = object;
  }

  #chunk({ answer, reasoning, finishReason, usage, object }: ChatChunk, atMs: number): void {
    this.#tellObject(object);
    if (typeof object['model'] === 'string') this.#model ??= object['model'] || undefined;
    if (finishReason !== undefined) this.#isFinished = true;
    if (usage !== undefined) this.#usage = laterUsage(this.#usage, usage);
    if (answer === '' && reasoning === '') return;
    this.#log.add(atMs, reasoning + answer);
    if (answer !== '') this.#firstAnswerMs ??= atMs;
  }
}

/** An answer that has begun was not refused: whatever the words, its stream has failed. */
function begun(failure: RequestFailure): RequestFailure {
  return failure.error === 'context_exceeded' ? { ...failure, error: 'stream_error' } : failure;
}

/** The last one counts, since some servers repeat a growing usage in every chunk; but zeros say nothing. */
function laterUsage(before: TokenUsage | undefined, usage: TokenUsage): TokenUsage {
  if (before === undefined) return usage;
  if (!usage.promptTokens && !usage.completionTokens) return before;
  return {
    promptTokens: usage.promptTokens || before.promptTokens,
    completionTokens: usage.completionTokens || before.completionTokens,
    cachedTokens: usage.cachedTokens ?? before.cachedTokens,
  };
}
