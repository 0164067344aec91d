import type { AgentStatus } from '../../api/routes/status.js';
import type { Job } from '../../jobs/job.js';
import { roughSpan } from '../ui/times.js';

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

/** With what tests that vary may add to it, where that is known. */
export function estimateWords(
  ms: number | undefined,
  mode: Job['mode'],
  bounds: AgentStatus['extra_seconds'] | undefined,
): string {
  const seconds = mode === 'zeus' ? 0 : (bounds?.[mode] ?? 0);
  const repeats = seconds > 0 ? `; tests that vary are repeated for ${seconds} s at most` : '';
  return ms === undefined
    ? `How long it takes shows after the first one${repeats}.`
    : `Takes ${roughSpan(ms)}${repeats}.`;
}
