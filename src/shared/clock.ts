/** Time for whoever waits; tests put their own in its place. */
export interface Clock {
  /** Milliseconds: since 1970 where times are told over restarts, else on the machine's monotonic clock. */
  nowMs(): number;
  /** Calls `run` once after `delayMs`, unless the returned function is called first. */
  after(delayMs: number, run: () => void): () => void;
}

/** Real timers beside the given clock. A waiting timer does not keep the process alive. */
export function systemClock(nowMs: () => number): Clock {
  return {
    nowMs,
    after(delayMs, run) {
      const timer = setTimeout(run, delayMs);
      timer.unref();
      return () => clearTimeout(timer);
    },
  };
}
