import type { OwnTimings } from '../inference-server.js';
import type { TokenUsage } from './chat-protocol.js';
import type { RequestFailure } from './failure.js';

/** An event of a stream that carries text of an answer. */
export interface TokenChunk {
  readonly atMs: number;
  /** Length of its text, in UTF-16 units. */
  readonly characters: number;
}

/** Raw stamps (`monotonicMs`) and counts of one request. Every figure is derived from these, in `run-metrics.ts`. */
export interface RequestTimings {
  /**
   * When the body was handed to the open connection: stamped right before the write, because a process that loses
   * its core after the write would stamp too late and report a TTFT that is too short.
   */
  readonly startMs: number;
  /** The chunks with non-empty content or reasoning, in order; never empty. */
  readonly chunks: readonly TokenChunk[];
  /** Share of the reads that ended in the middle of a line, 0 to 1: pieces of bytes instead of events. */
  readonly cutReads: number;
  /** Stamp of the first chunk with content, reasoning left aside. */
  readonly firstAnswerMs: number | undefined;
  readonly endMs: number;
  readonly usage: TokenUsage;
  readonly own: OwnTimings | undefined;
  /** Whether the server runs on this machine. */
  readonly isLocal: boolean;
  /** Which model the answer says that it is by; `undefined` where it names none. */
  readonly model: string | undefined;
  /** All the text that came, reasoning included: what a tokenizer would count. */
  readonly text: string;
}

/** What one exchange came to. */
export type ReadAnswer =
  | { readonly ok: true; readonly timings: RequestTimings }
  | { readonly ok: false; readonly failure: RequestFailure };

/** `isRetried`: of two exchanges the second, the first one's connection having broken before the server said a word. */
export type RequestOutcome = ReadAnswer & { readonly isRetried: boolean };
