/** Jobs with the figures of their results, as `get_job` and `run_benchmark` answer them: not every request, as the API does. */
import * as z from 'zod';
import { resultOf } from '../api/routes/jobs.js';
import { type BenchmarkResult, testResultSchema } from '../benchmark/result.js';
import { resultTable } from '../commands/output/result-table.js';
import { isActive, type Job, jobProgressSchema, jobStatuses } from '../jobs/job.js';
import { stateWords } from './job-wait.js';
import type { McpServices } from './mcp-services.js';
import type { ToolAnswer } from './tool.js';

const word = z.string().nullable();

const testSchema = testResultSchema.pick({
  test_id: true,
  error: true,
  avg_tps: true,
  ci95_tps: true,
  avg_prefill_tps: true,
  avg_ttft_s: true,
});

export const jobsSchema = z.object({
  jobs: z.array(
    z.object({
      job_id: z.string(),
      status: z.enum(jobStatuses),
      mode: z.string(),
      target: word,
      model: word,
      progress: jobProgressSchema,
      created_at: z.string(),
      started_at: word,
      finished_at: word,
      error: word,
      run_id: word,
      /** `null` until the job is done, and where retention has taken the run. */
      tests: z.array(testSchema).nullable(),
    }),
  ),
});

/** One that is not known any more is left out. */
export async function jobsAnswer(ids: readonly string[], services: McpServices): Promise<ToolAnswer> {
  const jobs = ids.flatMap((id) => services.store.get(id) ?? []);
  const found = await Promise.all(jobs.map(async (job) => ({ job, result: await resultOf(job, services) })));
  return {
    text: found.map(({ job, result }) => jobText(job, result)).join('\n\n'),
    content: jobsSchema.parse({
      jobs: found.map(({ job, result }) => ({ ...job, tests: result?.benchmarks ?? null })),
    }),
  };
}

function jobText(job: Job, result: BenchmarkResult | null): string {
  const asked = [
    job.mode,
    ...(job.target === null ? [] : [`target ${job.target}`]),
    ...(job.model === null ? [] : [`model ${job.model}`]),
  ];
  const head = `${stateWords(job)} (${asked.join(', ')})`;
  if (isActive(job)) return `${head}. It goes on: ask get_job for ${job.job_id}, or end it with cancel_job.`;
  if (job.status !== 'done') {
    const detail = job.status === 'error' && job.error_detail !== undefined ? ` (${job.error_detail})` : '';
    return job.error === null ? `${head}.` : `${head}: ${job.error}${detail}`;
  }
  if (result === null) return `${head}. Its result is not kept any more.`;
  return `${head}, recorded as ${result.run_id}.\n\n${resultTable(result)}`;
}
