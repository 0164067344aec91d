import { runParameters, startJobs } from '../../api/routes/jobs.js';
import { isActive } from '../../jobs/job.js';
import { awaitJobs, MOST_SECONDS, waitSeconds } from '../job-wait.js';
import { jobsAnswer, jobsSchema } from '../jobs-answer.js';
import { tool } from '../tool.js';

/** Less than the minute that clients wait for an answer where they follow no progress. */
const PATIENCE_SECONDS = 45;

export const runBenchmark = tool({
  name: 'run_benchmark',
  title: 'Run a benchmark',
  description:
    'Benchmarks an LLM server of this machine and records the result. quick takes a minute or two, full ten or more; it keeps the server busy meanwhile. Waits for the end with progress; where it does not end in time, ask get_job.',
  changes: true,
  input: runParameters.extend({
    mode: runParameters.shape.mode.unwrap().default('quick').meta({ description: 'How much to measure' }),
    wait_s: waitSeconds.optional(),
  }),
  output: jobsSchema,
  handle: async ({ wait_s: seconds, ...asked }, call) => {
    const { services, signal, isFollowed } = call;
    const ids = (await startJobs(asked, services, services.trigger)).map(({ job_id }) => job_id);
    try {
      await awaitJobs(ids, seconds ?? (isFollowed ? MOST_SECONDS : PATIENCE_SECONDS), call);
    } finally {
      if (signal.aborted) await cancelled(ids, call.services);
    }
    return jobsAnswer(ids, services);
  },
});

/** The last one first, so that none begins in between; one that has just ended needs no cancelling. */
async function cancelled(
  ids: readonly string[],
  { store, queue }: Pick<Parameters<typeof jobsAnswer>[1], 'store' | 'queue'>,
): Promise<void> {
  for (const id of ids.toReversed()) {
    const job = store.get(id);
    if (job !== undefined && isActive(job)) await queue.cancel(id).catch(() => undefined);
  }
}
