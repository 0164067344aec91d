/** The order in which jobs were asked for, whatever the clock said then. */
import type { Job } from './job.js';

export interface NumberedJob {
  readonly job: Job;
  /** Counts up with every job of an agent. `undefined` for those of `typhon run`, which does not know the others. */
  readonly sequence: number | undefined;
}

/**
 * Oldest first. Numbered jobs follow their numbers; the others are put between them by their time. A time that lies after
 * `now`, or after that of a job with a higher number, came from a clock that was wrong: it says nothing.
 */
export function inOrder(jobs: readonly NumberedJob[], now: Date): readonly Job[] {
  const numbered = jobs.flatMap(({ job, sequence }) => (sequence === undefined ? [] : [{ job, sequence }]));
  numbered.sort((a, b) => a.sequence - b.sequence);
  let earliestMs = Number.POSITIVE_INFINITY;
  const placed = numbered.toReversed().map(({ job }) => {
    earliestMs = Math.min(earliestMs, Date.parse(job.created_at));
    return { job, atMs: earliestMs };
  });
  placed.reverse();
  const others = jobs.flatMap(({ job, sequence }) =>
    sequence === undefined ? [{ job, atMs: believed(job, now) }] : [],
  );
  return [...placed, ...others].sort((a, b) => a.atMs - b.atMs).map(({ job }) => job);
}

/** Of a time that is not believed nothing is known, but that others are newer. */
function believed({ created_at }: Job, now: Date): number {
  const atMs = Date.parse(created_at);
  return atMs > now.getTime() ? Number.NEGATIVE_INFINITY : atMs;
}
