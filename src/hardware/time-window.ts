/** A span on the machine's monotonic clock, in milliseconds. */
export interface TimeWindow {
  readonly startMs: number;
  readonly endMs: number;
}

// At 200 ms a restart of the tool or a stalled driver costs up to a second or two of readings.
const LEAST_GAP_MS = 2000;
const GAP_INTERVALS = 5;

/**
 * The longest time between two readings, at this interval between them, across which a figure may still be
 * interpolated, and how far outside a window a reading may lie to speak for it.
 */
export function longestGapMs(intervalMs: number): number {
  return Math.max(LEAST_GAP_MS, GAP_INTERVALS * intervalMs);
}

// A scrape in between must find the reading before, though the next one is late.
const LEAST_STALE_MS = 2000;
const STALE_INTERVALS = 3;

/** How long a reading is the present one, where they come every `intervalMs`. */
export function staleAfterMs(intervalMs: number): number {
  return Math.max(LEAST_STALE_MS, STALE_INTERVALS * intervalMs);
}
