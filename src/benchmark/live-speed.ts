import type { BenchmarkListener } from './benchmark-event.js';
import type { ChatProtocol } from './client/chat-protocol.js';
import { monotonicMs } from './clock.js';
import type { InferenceServer } from './inference-server.js';

const LIVE_INTERVAL_MS = 500;
// A token may begin at the end of one read and go on in the next: more than what a protocol looks for.
const TOKEN_START_BYTES = 64;

export interface WatchedWave {
  readonly server: Pick<InferenceServer, 'chat'>;
  readonly emit: BenchmarkListener;
}

/** Tells what a wave is doing while it streams, sparingly: a phase at its first send and first token, then twice a second. */
export class LiveSpeed {
  readonly #testId: string;
  readonly #chat: ChatProtocol;
  readonly #emit: BenchmarkListener;
  #wasSent = false;
  #firstMs: number | undefined;
  #beforeToken = Buffer.alloc(0);
  #toldMs = 0;
  #chunks = 0;

  constructor(testId: string, { server, emit }: WatchedWave) {
    this.#testId = testId;
    this.#chat = server.chat;
    this.#emit = emit;
  }

  sent(): void {
    if (this.#wasSent) return;
    this.#wasSent = true;
    this.#emit({ type: 'phase', phase: 'decode_wait_first_token', testId: this.#testId });
  }

  read(chunks: number, bytes: Buffer): void {
    const nowMs = monotonicMs();
    if (this.#firstMs === undefined) {
      const seen = Buffer.concat([this.#beforeToken, bytes]);
      this.#beforeToken = seen.subarray(-TOKEN_START_BYTES);
      if (!this.#chat.hasToken(seen)) return;
      this.#firstMs = nowMs;
      this.#toldMs = nowMs;
      this.#emit({ type: 'phase', phase: 'decode_stream', testId: this.#testId });
    }
    this.#chunks += chunks;
    if (nowMs - this.#toldMs < LIVE_INTERVAL_MS) return;
    this.#toldMs = nowMs;
    const chunksPerSecond = this.#chunks / ((nowMs - this.#firstMs) / 1000);
    this.#emit({ type: 'live', testId: this.#testId, chunks: this.#chunks, chunksPerSecond });
  }
}
