/** Waits as a browser does; the tests let time pass themselves. */
export interface Timer {
  readonly after: (ms: number, then: () => void) => () => void;
}

export const browserTimer: Timer = {
  after: (ms, then) => {
    const handle = setTimeout(then, ms);
    return () => clearTimeout(handle);
  },
};

const FIRST_MS = 500;
const LONGEST_MS = 10_000;

/** How long to wait before attempt `attempt` (1 for the first one after a failure): twice as long each time, up to 10 s. */
export function backOffMs(attempt: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1));
}
