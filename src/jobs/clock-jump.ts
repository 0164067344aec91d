/** Whether the clock was set or the machine slept: then it moves otherwise than the monotonic clock. */
import { MINUTE_MS } from '../shared/units.js';
import { LATEST_START_MS } from './cron.js';

export interface ClockJumpOptions {
  readonly now: () => Date;
  /** Goes on evenly while the machine is awake, whoever sets the clock. */
  readonly monotonicMs: () => number;
  /** Called with how far the clock went ahead meanwhile; less than 0 where it was set back. */
  readonly onJump: (byMs: number) => void;
}

/** Schedules come due as a minute begins: looked just before, a jump is known before they act on it. */
const AHEAD_MS = 1000;

/** Looks once a minute; returns what ends that. A jump that a late run may make up for is none. */
export function watchClock({ now, monotonicMs, onJump }: ClockJumpOptions): () => void {
  const lead = () => now().getTime() - monotonicMs();
  let before = lead();
  let timer: NodeJS.Timeout;
  const lookNext = () => {
    timer = setTimeout(look, MINUTE_MS - ((now().getTime() + AHEAD_MS) % MINUTE_MS)).unref();
  };
  const look = () => {
    const current = lead();
    const byMs = current - before;
    before = current;
    if (Math.abs(byMs) > LATEST_START_MS) onJump(byMs);
    lookNext();
  };
  lookNext();
  return () => clearTimeout(timer);
}
