/** Time as the samplers see it; tests put their own in its place. */
export interface HardwareClock {
  /** The machine's monotonic clock in milliseconds. */
  nowMs(): number;
  /** Calls `run` once after `delayMs`, unless the returned function is called first. */
  after(delayMs: number, run: () => void): () => void;
}

/** Real timers beside the given monotonic clock. A waiting timer does not keep the process alive. */
export function systemHardwareClock(nowMs: () => number): HardwareClock {
  return {
    nowMs,
    after(delayMs, run) {
      const timer = setTimeout(run, delayMs);
      timer.unref();
      return () => clearTimeout(timer);
    },
  };
}
