/** Time as notifications see it; tests put their own in its place. */
export interface NotificationClock {
  /** Since 1970: the ages of messages are told over restarts. */
  nowMs(): number;
  /** Calls `run` once after `delayMs`, unless the returned function is called first. */
  after(delayMs: number, run: () => void): () => void;
}
