/** One run of a schedule on one target, from the time it comes due to its start, or to the reason why it has none. */
import timers from 'node:timers/promises';
import type { BusyVerdict } from '../runner/busy-check.js';
import type { JobSkipReason } from '../shared/skip-reason.js';
import type { JobRequest } from './job.js';
import { JobError } from './job-error.js';
import type { SkippedJob } from './job-skip.js';
import type { JobQueue } from './queue/job-queue.js';

export interface ScheduledRun {
  readonly queue: Pick<JobQueue, 'submit'>;
  readonly request: JobRequest;
  readonly whenBusy: 'skip' | 'wait' | 'run';
  /** When the schedule is due next: no run waits longer. */
  readonly nextDue: Date | undefined;
  /** `undefined` while a benchmark of ours runs, which would be what is seen. */
  readonly isBusy: (target: string | undefined, signal: AbortSignal) => Promise<BusyVerdict | undefined>;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

export type ScheduledRunOutcome =
  | { readonly started: true; readonly at: Date; readonly jobId: string }
  | {
      readonly started: false;
      readonly reason: JobSkipReason | 'still_waiting' | 'queue_full';
      readonly detail: string;
    };

const ASK_AGAIN_MS = 15_000;

/**
 * Whether the target is in use is decided when the job's turn has come, whatever ran before it. With `wait` the job then
 * leaves its place to others, and is asked for again once the target is free. Rejects with the signal's reason or
 * `StorageError`.
 */
export async function startScheduledRun(run: ScheduledRun): Promise<ScheduledRunOutcome> {
  for (;;) {
    const outcome = await attempt(run);
    if (outcome.started || run.whenBusy !== 'wait' || !isInUse(outcome.reason)) return outcome;
    const givenUp = await waitUntilFree(run, outcome);
    if (givenUp !== undefined) return givenUp;
  }
}

type NotStarted = Extract<ScheduledRunOutcome, { started: false }>;

function isInUse(reason: NotStarted['reason']): boolean {
  return reason === 'server_busy' || reason === 'gpu_busy';
}

async function attempt({ queue, request, now, signal }: ScheduledRun): Promise<ScheduledRunOutcome> {
  signal.throwIfAborted();
  let decide: (skip: SkippedJob | undefined) => void = () => undefined;
  const decision = new Promise<SkippedJob | undefined>((resolve, reject) => {
    decide = resolve;
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  // Nobody waits for it where the job is refused.
  decision.catch(() => undefined);
  try {
    const { job_id: jobId } = await queue.submit(request, 'queue', decide);
    const skip = await decision;
    if (skip === undefined) return { started: true, at: now(), jobId };
    return { started: false, reason: skip.reason, detail: skip.detail };
  } catch (error) {
    if (!(error instanceof JobError)) throw error;
    const reason = error.code === 'queue_full' ? 'queue_full' : 'still_waiting';
    return { started: false, reason, detail: error.message };
  }
}

/** Resolves with the reason of the last look where the next run is due before the target is free. */
async function waitUntilFree(run: ScheduledRun, busy: NotStarted): Promise<NotStarted | undefined> {
  const { request, nextDue, isBusy, now, signal } = run;
  let last = busy;
  for (;;) {
    if (nextDue !== undefined && now().getTime() + ASK_AGAIN_MS >= nextDue.getTime()) return last;
    await timers.setTimeout(ASK_AGAIN_MS, undefined, { signal });
    const verdict = await isBusy(request.target, signal);
    if (verdict?.busy === false) return undefined;
    if (verdict !== undefined) last = { started: false, reason: verdict.reason, detail: verdict.detail };
  }
}
