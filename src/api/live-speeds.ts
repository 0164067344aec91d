import type { BenchmarkEvent } from '../benchmark/benchmark-event.js';

/** How fast tokens arrive right now: an estimate for the eye, since a chunk need not be a token. */
export interface LiveSpeed {
  readonly test_id: string;
  readonly chunks: number;
  readonly chunks_per_second: number;
}

type LiveListener = (speed: LiveSpeed) => void;

/** Passes on what running jobs tell of their speed, twice a second at most; nothing of it is kept. */
export class LiveSpeeds {
  readonly #listeners = new Map<string, Set<LiveListener>>();

  /** Takes any event of a job; only those of its speed go further. */
  onEvent(jobId: string, event: BenchmarkEvent): void {
    if (event.type !== 'live') return;
    const speed = { test_id: event.testId, chunks: event.chunks, chunks_per_second: event.chunksPerSecond };
    for (const listener of this.#listeners.get(jobId) ?? []) listener(speed);
  }

  /** Calls `listener` with the speeds of this job; returns what ends that. */
  subscribe(jobId: string, listener: LiveListener): () => void {
    const listeners = this.#listeners.get(jobId) ?? new Set();
    this.#listeners.set(jobId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(jobId);
    };
  }
}
