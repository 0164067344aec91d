import type { JobRequest } from '../job.js';
import { JobError } from '../job-error.js';
import type { RunningJob } from './running-job.js';
import type { WaitingJobs } from './waiting-jobs.js';

export interface Admission {
  readonly running: RunningJob | undefined;
  readonly waiting: WaitingJobs;
  readonly maxQueued: number;
}

/** Whether a job that is asked for is taken. Throws `JobError`: `busy` for one that will not wait, `queue_full`. */
export function admit(
  request: JobRequest,
  onBusy: 'reject' | 'queue',
  { running, waiting, maxQueued }: Admission,
): void {
  const isHigh = request.priority === 'high';
  const makesRoom = isHigh && running?.canMakeRoom === true;
  const inTheWay = (makesRoom ? undefined : running?.job) ?? (isHigh ? undefined : waiting.next);
  if (inTheWay !== undefined && onBusy === 'reject' && !waiting.isOneMore(request)) {
    throw new JobError('busy', `Job '${inTheWay.job_id}' is ${inTheWay.status}.`, inTheWay.job_id);
  }
  if (running !== undefined || waiting.next !== undefined) waiting.admit(request, maxQueued);
}
