import { setTimeout as delay } from 'node:timers/promises';
import { ServerError } from './server-error.js';

export interface LoadingWait {
  /** The longest wait, and between two attempts, in milliseconds. */
  readonly forMs: number;
  readonly everyMs: number;
  readonly signal: AbortSignal;
  /** Called once where there is something to wait for. */
  readonly onWait: (words: string) => void;
}

/** Attempts again for as long as the server says that it is loading its model; rejects with the last attempt's error. */
export async function onceLoaded<T>(attempt: () => Promise<T>, wait: LoadingWait): Promise<T> {
  const { forMs, everyMs, signal } = wait;
  const end = performance.now() + forMs;
  let isTold = false;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const isLoading = error instanceof ServerError && error.code === 'model_loading';
      if (!isLoading || performance.now() >= end) throw error;
      if (!isTold) wait.onWait(`The server is loading its model. Waiting up to ${Math.round(forMs / 1000)} s for it.`);
      isTold = true;
    }
    // Its own rejection would be an AbortError that only wraps the reason.
    await delay(everyMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}
