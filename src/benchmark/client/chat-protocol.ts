/** How a family of servers is asked for a streamed chat answer, and how that answer is read. */
import type { RequestFailure } from './failure.js';

/** The bytes of one read of the socket. */
export interface StampedRead {
  readonly atMs: number;
  readonly bytes: Buffer;
}

/** One event of a stream; `atMs` is the stamp of the read that completed its data. */
export interface StreamEvent {
  readonly atMs: number;
  /** What the event is called, where the format has names. */
  readonly type: string | undefined;
  readonly data: string;
}

/** Cuts the reads of one answer into events, as they come. */
export interface EventCutter {
  /** Whether the next event can be left out: nothing that came belongs to it, and nothing that follows needs it. */
  readonly isBetweenEvents: boolean;
  push(read: StampedRead): readonly StreamEvent[];
  /** The stream has ended: what is still held back. */
  end(): readonly StreamEvent[];
}

/** Token counts as a server tells them; a field is `undefined` where it says nothing. */
export interface TokenUsage {
  readonly promptTokens: number | undefined;
  readonly completionTokens: number | undefined;
  readonly cachedTokens: number | undefined;
}

/**
 * What one event says. `object` is its JSON, which `InferenceServer.ownTimings` reads once the stream has ended: that of an
 * earlier event, where they differ in the text of the answer alone.
 */
export interface ChatChunk {
  readonly kind: 'chunk';
  /** Text of the answer; empty in an event that carries none of it. */
  readonly answer: string;
  readonly reasoning: string;
  /** Why the answer ends here; `undefined` while it goes on. */
  readonly finishReason: string | undefined;
  readonly usage: TokenUsage | undefined;
  readonly object: Readonly<Record<string, unknown>>;
}

export type ChatEvent =
  | ChatChunk
  /** Nothing of the answer comes after this event. */
  | { readonly kind: 'done' }
  | { readonly kind: 'failure'; readonly failure: RequestFailure };

/** What a measured request asks for, in no server's words. */
export interface ChatRequest {
  readonly model: string;
  readonly prompt: string;
  /** Opens the prompt already; given again for servers that salt their cache with it. */
  readonly nonce: string;
  readonly maxTokens: number;
  /** Of the sampling; left to the server where there is none. */
  readonly seed?: number | undefined;
  /** Said before the prompt by whoever runs the model. */
  readonly instructions?: string | undefined;
}

/** The request's messages, which all protocols write alike. */
export function messagesOf({
  instructions,
  prompt,
}: ChatRequest): readonly Readonly<Record<'role' | 'content', string>>[] {
  const asked = { role: 'user', content: prompt };
  return instructions === undefined ? [asked] : [{ role: 'system', content: instructions }, asked];
}

export interface ChatProtocol {
  /** Below the server's `apiBase`. */
  readonly path: string;
  /** Media type of the answer, for the `accept` header. */
  readonly mediaType: string;
  /** What an answer is, for the words of a failure: `an event stream`. */
  readonly format: string;
  /** What is sent, as JSON. */
  body(request: ChatRequest): Readonly<Record<string, unknown>>;
  /** A new one for each answer. */
  cutter(): EventCutter;
  /**
   * A new one for each answer. What it returns never throws: an event that cannot be read is a failure. What it says of an
   * event depends on nothing but that event.
   */
  reader(): (event: StreamEvent) => ChatEvent;
  /** How many events begin in these bytes: a cheap running count while a stream is still going. */
  countEvents(bytes: Buffer): number;
}
