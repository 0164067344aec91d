import type { BenchmarkListener } from './benchmark-event.js';
import type { ChatProtocol } from './client/chat-protocol.js';
import type { ReceivedSoFar } from './client/received-bytes.js';
import type { InferenceServer } from './inference-server.js';

const LIVE_INTERVAL_MS = 500;

export interface WatchedWave {
  readonly server: Pick<InferenceServer, 'chat'>;
  readonly emit: BenchmarkListener;
}

/** What has come of one stream of a wave, and how much of it was looked at. */
interface FollowedStream {
  readonly received: ReceivedSoFar;
  seen: number;
}

/** Tells what a wave is doing while it streams, sparingly: a phase at its first send and first token, then twice a second. */
export class LiveSpeed {
  readonly #testId: string;
  readonly #chat: ChatProtocol;
  readonly #emit: BenchmarkListener;
  #wasSent = false;
  #firstMs: number | undefined;
  readonly #streams: FollowedStream[] = [];
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

  /** One of the streams has its first token. */
  firstToken(atMs: number): void {
    if (this.#firstMs !== undefined) return;
    this.#firstMs = atMs;
    this.#toldMs = atMs;
    this.#emit({ type: 'phase', phase: 'decode_stream', testId: this.#testId });
  }

  /** What follows one stream of the wave: called after each of its reads. */
  stream(): (received: ReceivedSoFar, atMs: number) => void {
    let stream: FollowedStream | undefined;
    return (received, atMs) => {
      if (stream?.received !== received) {
        stream = { received, seen: 0 };
        this.#streams.push(stream);
      }
      if (this.#firstMs === undefined) stream.seen = received.length;
      else if (atMs - this.#toldMs >= LIVE_INTERVAL_MS) this.#tell(this.#firstMs, atMs);
    };
  }

  #tell(firstMs: number, atMs: number): void {
    this.#toldMs = atMs;
    for (const stream of this.#streams) {
      this.#chunks += this.#chat.countEvents(stream.received.since(stream.seen));
      stream.seen = stream.received.length;
    }
    const chunksPerSecond = this.#chunks / ((atMs - firstMs) / 1000);
    this.#emit({ type: 'live', testId: this.#testId, chunks: this.#chunks, chunksPerSecond });
  }
}
