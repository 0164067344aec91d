import type { OwnTimings } from '../inference-server.js';
import type { TokenUsage } from './chat-protocol.js';
import type { RequestFailure } from './failure.js';

/** Raw stamps (`monotonicMs`) and counts of one request. Every figure is derived from these, in `run-metrics.ts`. */
export interface RequestTimings {
  /**
   * When the body was handed to the open connection: stamped right before the write, because a process that loses
   * its core after the write would stamp too late and report a TTFT that is too short.
   */
  readonly startMs: number;
  /** Stamps of the chunks with non-empty content or reasoning, in order; never empty. */
  readonly tokenStampsMs: readonly number[];
  /** Stamp of the first chunk with content, reasoning left aside. */
  readonly firstAnswerMs: number | undefined;
  readonly endMs: number;
  readonly usage: TokenUsage;
  readonly own: OwnTimings | undefined;
  /** Whether the server runs on this machine. */
  readonly isLocal: boolean;
  /** All the text that came, reasoning included: what a tokenizer would count. */
  readonly text: string;
}

/** What one exchange came to. */
export type ReadAnswer =
  | { readonly ok: true; readonly timings: RequestTimings }
  | { readonly ok: false; readonly failure: RequestFailure };

/** `isRetried`: of two exchanges the second, the first one's connection having broken before the server said a word. */
export type RequestOutcome = ReadAnswer & { readonly isRetried: boolean };
