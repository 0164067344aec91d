/** Waits for jobs to end while the client is told how far they are. */
import * as z from 'zod';
import { isActive, type Job } from '../jobs/job.js';
import type { ToolCall } from './tool.js';

export const MOST_SECONDS = 4 * 3600;

export const waitSeconds = z.number().int().min(0).max(MOST_SECONDS).meta({
  description: 'How long to wait for the end; the job goes on after that',
});

/** More often than the minute after which clients give up, and than anybody would want to read. */
const SAY_AGAIN_MS = 10_000;
/** Of a test: that something is said again counts as progress, which may never stand still. */
const STEP = 0.001;

/** Resolves when all have ended, or the time is over; rejects with the signal's reason. */
export async function awaitJobs(
  ids: readonly string[],
  seconds: number,
  { services: { store }, signal, progress }: ToolCall,
): Promise<void> {
  signal.throwIfAborted();
  let done = 0;
  const say = () => {
    const jobs = ids.flatMap((id) => store.get(id) ?? []);
    const tests = jobs.reduce((sum, job) => sum + job.progress.done, 0);
    const totals = jobs.map(({ progress: { total } }) => total);
    done = Math.max(tests, done + STEP);
    const total = totals.reduce<number>((sum, each) => sum + (each ?? 0), 0);
    progress({ done, total: totals.includes(null) ? undefined : total, message: jobs.map(stateWords).join('; ') });
  };
  const unsubscribe = store.subscribe((job) => {
    if (ids.includes(job.job_id)) say();
  });
  // Where they are already, before anything of them changes.
  say();
  const again = setInterval(say, SAY_AGAIN_MS);
  let timer: NodeJS.Timeout | undefined;
  let abort: () => void = () => undefined;
  try {
    await Promise.race([
      Promise.all(ids.map((id) => store.ended(id))),
      new Promise<void>((resolve, reject) => {
        timer = setTimeout(resolve, seconds * 1000);
        abort = () => reject(signal.reason);
        signal.addEventListener('abort', abort, { once: true });
      }),
    ]);
  } finally {
    unsubscribe();
    clearInterval(again);
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

/** How far a job is, in a few words. */
export function stateWords(job: Job): string {
  if (!isActive(job)) return `job ${job.job_id} ${job.status}`;
  if (job.status === 'pending' && job.gives_way !== undefined) {
    const { schedule, due_at: due } = job.gives_way;
    return `job ${job.job_id} waits until the run of schedule '${schedule}', due at ${due}, is over`;
  }
  const { done, total, current_test: test } = job.progress;
  const far = total === null ? '' : `, ${done} of ${total} tests`;
  return `job ${job.job_id} ${job.status}${far}${test === null ? '' : `: ${test}`}`;
}
