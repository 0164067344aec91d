import type { AgentStatus } from '../../api/routes/status.js';
import type { Job } from '../../jobs/job.js';

type Seen = Pick<AgentStatus, 'running' | 'last_ended' | 'verdict'>;

/** The run that is under way while none has brought a figure yet; `undefined` where there is no such run. */
export function firstRunOf({ running, last_ended: last, verdict }: Seen): Job | undefined {
  const isNothingKnown =
    last?.status !== 'done' &&
    verdict.state === 'pending' &&
    verdict.targets.every(({ last_month: figure }) => figure === null);
  return running !== null && isNothingKnown ? running : undefined;
}

/** `First run 2/4`, for the tab: the test under way is counted. */
export function firstRunTitle({ progress: { done, total } }: Pick<Job, 'progress'>): string {
  return total === null ? 'First run' : `First run ${Math.min(done + 1, total)}/${total}`;
}
