import type { BackOff } from '../../shared/back-off.js';
import type { Clock } from '../../shared/clock.js';

/** Waits as a browser does; the tests let time pass themselves. */
export type Timer = Pick<Clock, 'after'>;

export const browserTimer: Timer = {
  after: (delayMs, run) => {
    const handle = setTimeout(run, delayMs);
    return () => clearTimeout(handle);
  },
};

/** How soon an agent that does not answer is asked again. */
export const BACK_OFF: BackOff = { firstMs: 500, longestMs: 10_000 };
