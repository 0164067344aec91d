import type { AgentStatus } from '../../api/routes/status.js';
import type { Job } from '../../jobs/job.js';
import { roughSpan } from '../../shared/text/rough-span.js';

export interface WholeRun {
  /** `undefined` where nobody knows yet. */
  readonly ms: number | undefined;
  /** How many are measured, one after the other. */
  readonly models: number;
}

/** With what tests that vary may add to it, where that is known. */
export function estimateWords(
  { ms, models }: WholeRun,
  mode: Job['mode'],
  bounds: AgentStatus['extra_seconds'] | undefined,
): string {
  const seconds = mode === 'zeus' ? 0 : (bounds?.[mode] ?? 0);
  const each = models > 1 ? ' each' : '';
  const repeats = seconds > 0 ? `; tests that vary are repeated for ${seconds} s${each} at most` : '';
  const what = models > 1 ? `${models} models, one after the other: ` : '';
  if (ms !== undefined) {
    const takes = models > 1 ? `${roughSpan(ms)} in all, loading included` : `Takes ${roughSpan(ms)}`;
    return `${what}${takes}${repeats}.`;
  }
  const unknown = models > 1 ? 'how long it takes' : 'How long it takes';
  return `${what}${unknown} shows after the first one${repeats}.`;
}

/** What comes after the running job, where that was asked for together with it. */
export function restWords(ms: number | undefined, models: readonly string[]): string | undefined {
  if (models.length === 0) return undefined;
  const names = models.length > 3 ? `${models.length} models` : models.join(', ');
  return ms === undefined ? `then ${names}` : `then ${names}: ${roughSpan(ms)} more`;
}
