import type { Job } from '../../jobs/job.js';

const LOOKED_AT = 5;

/**
 * How long such a run takes, in milliseconds: the median of the last five that were done. `target` narrows it down
 * where it is known. `undefined` where there was none yet.
 */
export function estimatedMs(
  jobs: readonly Job[],
  { mode, target }: { readonly mode: Job['mode']; readonly target?: string | undefined },
): number | undefined {
  const spans = jobs
    .filter((job) => job.mode === mode && (target === undefined || job.target === target))
    .flatMap((job) => (job.status === 'done' ? [Date.parse(job.finished_at) - Date.parse(job.started_at)] : []))
    .slice(0, LOOKED_AT)
    .sort((a, b) => a - b);
  return spans[Math.floor(spans.length / 2)];
}
