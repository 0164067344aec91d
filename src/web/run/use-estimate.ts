import type { Estimate } from '../../api/routes/estimate.js';
import type { Job } from '../../jobs/job.js';
import { estimatedMs } from '../../shared/run-estimate.js';
import type { PageSession } from '../agent/page-session.js';
import { useAnswer } from '../agent/use-answer.js';
import type { WholeRun } from './estimate.js';

export interface EstimateWish {
  readonly session: PageSession;
  /** The last jobs that were done, newest first. */
  readonly done: readonly Job[];
  readonly mode: Job['mode'];
  /** A name or an address; empty for the default. */
  readonly target: string;
  /** Only then the agent says which of its models are measured. */
  readonly isConfigured: boolean;
}

/** How long the run would take that the form stands for. */
export function useEstimate({ session, done, mode, target, isConfigured }: EstimateWish): WholeRun {
  const query = new URLSearchParams({ mode, ...(target === '' ? {} : { target }) }).toString();
  const newest = done[0]?.job_id;
  const { value } = useAnswer(
    async () => (isConfigured ? { query, answer: await session.client.get<Estimate>(`estimate?${query}`) } : undefined),
    [isConfigured ? query : undefined, newest],
  );
  const { answer } = value?.query === query ? value : {};
  if (isConfigured && answer !== undefined) {
    return { ms: answer.seconds === null ? undefined : answer.seconds * 1000, models: answer.models.length };
  }
  return { ms: estimatedMs(done, { mode, target: target === '' ? undefined : target }), models: 1 };
}
