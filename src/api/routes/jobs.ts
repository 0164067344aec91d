import * as z from 'zod';
import { benchmarkModes } from '../../benchmark/plan.js';
import { benchmarkResultSchema } from '../../benchmark/result.js';
import { StorageError } from '../../chronicle/storage-error.js';
import { type Job, jobIdPattern, jobSchema, jobStatuses } from '../../jobs/job.js';
import { mayHoldSecret, SECRET_FREE_TARGET } from '../../servers/api-base.js';
import { ApiError } from '../api-error.js';
import type { ApiServices } from '../api-services.js';
import { askedModels, modelsAsked } from '../asked-models.js';
import { followLog } from '../follow-log.js';
import { jobBody } from '../job-body.js';
import { route } from '../route.js';

const DEFAULT_PAGE = 50;
const MAX_PAGE = 1000;

const none = z.strictObject({});
const noQuery = z.strictObject({});

const jobWithResult = z
  .union(jobSchema.options.map((option) => option.extend({ result: benchmarkResultSchema.nullable() })))
  .meta({ id: 'JobWithResult' });

export const jobParams = z.object({ job_id: z.string().meta({ description: '8 hex digits', examples: ['a3f1c820'] }) });

const notFound = { 404: { description: 'No such job' } };

/** Answers 404 for what is no id as for what is no job: nobody learns anything from the difference. */
export function jobOf(jobId: string, { store }: Pick<ApiServices, 'store'>): Job {
  const job = jobIdPattern.test(jobId) ? store.get(jobId) : undefined;
  if (job === undefined) throw new ApiError(404, `Job '${jobId}' not found.`);
  return job;
}

/** `null` where it has none, or retention has taken it. */
export async function resultOf(job: Job, { readResult, logger }: Pick<ApiServices, 'readResult' | 'logger'>) {
  if (job.run_id === null) return null;
  try {
    return await readResult(job.run_id);
  } catch (error) {
    // Retention may have taken the run; the job itself is still worth an answer.
    if (!(error instanceof StorageError)) throw error;
    logger.warn({ err: error, job_id: job.job_id }, 'the result of a job cannot be read');
    return null;
  }
}

/** What a benchmark is asked for with. */
export const runParameters = z.strictObject({
  mode: z.enum(benchmarkModes).default('full'),
  target: z
    .string()
    .min(1)
    .max(2048)
    .refine((target) => !mayHoldSecret(target), `expected ${SECRET_FREE_TARGET}`)
    .optional()
    .meta({ description: "A configured target's name, or a URL without user, password, query and fragment" }),
  model: askedModels,
  on_busy: z.enum(['reject', 'queue']).optional().meta({ description: 'While another job is active' }),
  priority: z.enum(['normal', 'high']).default('normal').meta({
    description:
      'high: it goes before all jobs that wait, and a scheduled one that runs pauses for it after its test; without `on_busy` it waits where it has to',
  }),
});

export const runJob = route({
  method: 'post',
  path: '/jobs/run',
  summary: 'Start a benchmark, or queue one',
  tag: 'jobs',
  changes: true,
  params: () => none,
  query: () => runParameters,
  answers: () => ({
    202: {
      description: 'Taken',
      schema: z.object({
        job_id: z.string(),
        /** Where it is one job for each of several models, all of them in their order. */
        job_ids: z.array(z.string()).optional(),
        status: z.literal('pending'),
        mode: z.enum(benchmarkModes),
      }),
    },
    409: { description: 'Another job is active; its id is in `job_id`' },
    422: { description: 'A parameter is wrong' },
    503: { description: 'The queue is full' },
  }),
  async handle({ query }, services, context) {
    const jobs = await startJobs(query, services, 'api');
    const [first] = jobs;
    if (first === undefined) throw new ApiError(422, 'model: expected at least one');
    const several = jobs.length > 1 || Array.isArray(query.model) || query.model === 'all';
    context.status = 202;
    context.body = {
      job_id: first.job_id,
      ...(several ? { job_ids: jobs.map((job) => job.job_id) } : {}),
      status: first.status,
      mode: first.mode,
    };
  },
});

/** A job for each model that is asked for, in their order. Throws `JobError` and `ServerError`. */
export async function startJobs(
  asked: z.infer<typeof runParameters>,
  { queue, config, findModels }: Pick<ApiServices, 'queue' | 'config' | 'findModels'>,
  trigger: string,
): Promise<readonly Job[]> {
  const { mode, target } = asked;
  const models = await modelsAsked(asked, findModels);
  const batch = models.length > 1 ? Symbol('models') : undefined;
  const priority = asked.priority === 'high' ? 'high' : undefined;
  const onBusy = asked.on_busy ?? (priority === 'high' ? 'queue' : config().jobs.onBusy);
  // All at once: nobody else's job comes in between.
  return Promise.all(models.map((model) => queue.submit({ mode, target, model, batch, priority, trigger }, onBusy)));
}

export const listJobs = route({
  method: 'get',
  path: '/jobs',
  alias: '/api/benchmark/jobs',
  summary: 'Jobs, newest first, without their results',
  tag: 'jobs',
  changes: false,
  params: () => none,
  query: () =>
    z.strictObject({
      status: z.enum(jobStatuses).optional(),
      mode: z.enum(benchmarkModes).optional(),
      trigger: z.string().min(1).max(512).optional().meta({
        description: '`api`, `cli`, `schedule`, or one schedule as `schedule:<name>`',
      }),
      limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE),
      before: z.string().regex(jobIdPattern, 'expected 8 hex digits').optional().meta({
        description: 'The last job of the page before',
      }),
    }),
  answers: () => ({
    200: { description: 'A page of jobs', schema: z.array(jobBody) },
    404: { description: 'There is no job `before`' },
    422: { description: 'A parameter is wrong' },
  }),
  handle({ query }, services, context) {
    if (query.before !== undefined) jobOf(query.before, services);
    context.body = services.store.page(query);
  },
});

export const getJob = route({
  method: 'get',
  path: '/jobs/{job_id}',
  alias: '/api/benchmark/jobs/{job_id}',
  summary: 'A job with its result',
  tag: 'jobs',
  changes: false,
  params: () => jobParams,
  query: () => noQuery,
  answers: () => ({
    200: { description: 'The job; `result` is null until it is done', schema: jobWithResult },
    ...notFound,
  }),
  async handle({ params }, services, context) {
    const job = jobOf(params.job_id, services);
    context.body = { ...job, result: await resultOf(job, services) };
  },
});

export const cancelJob = route({
  method: 'post',
  path: '/jobs/{job_id}/cancel',
  alias: '/api/benchmark/jobs/{job_id}/cancel',
  summary: 'Stop a running or waiting job; answers when it has ended',
  tag: 'jobs',
  changes: true,
  params: () => jobParams,
  query: () => noQuery,
  answers: () => ({
    200: { description: 'The cancelled job', schema: jobBody },
    ...notFound,
    409: { description: 'The job is not running or pending' },
    500: { description: 'The job could not be stopped' },
  }),
  async handle({ params }, services, context) {
    const job = jobOf(params.job_id, services);
    context.body = await services.queue.cancel(job.job_id);
  },
});

export const pauseJob = route({
  method: 'post',
  path: '/jobs/{job_id}/pause',
  summary: 'Set a job aside: one that waits at once, one that runs after the test that runs',
  tag: 'jobs',
  changes: true,
  params: () => jobParams,
  query: () => noQuery,
  answers: () => ({
    200: {
      description: 'The job: `paused`, or still `running` and `pausing` until its test has ended',
      schema: jobBody,
    },
    ...notFound,
    409: { description: 'The job is not running or pending, or is being paused already' },
  }),
  async handle({ params }, services, context) {
    context.body = await services.queue.pause(jobOf(params.job_id, services).job_id);
  },
});

export const resumeJob = route({
  method: 'post',
  path: '/jobs/{job_id}/resume',
  summary: 'Go on with a job that was paused, interrupted or whose runner crashed, from its first unfinished test',
  tag: 'jobs',
  changes: true,
  params: () => jobParams,
  query: () => noQuery,
  answers: () => ({
    200: { description: 'The job, which waits for its turn', schema: jobBody },
    ...notFound,
    409: {
      description:
        'The job is none of these, has been for more than 24 h, or the server, its model file or the workload has changed: which, and how',
    },
    503: { description: 'The queue is full' },
  }),
  async handle({ params }, services, context) {
    context.body = await services.queue.resume(jobOf(params.job_id, services).job_id);
  },
});

export const jobLogs = route({
  method: 'get',
  path: '/jobs/{job_id}/logs',
  alias: '/api/benchmark/jobs/{job_id}/logs',
  summary: 'The log of a job; with `follow` until the job ends',
  tag: 'jobs',
  changes: false,
  params: () => jobParams,
  query: () => z.strictObject({ follow: z.stringbool().default(false) }),
  answers: () => ({ 200: { description: 'One line an event', mediaType: 'text/plain' }, ...notFound }),
  async handle({ params, query }, services, context) {
    const job = jobOf(params.job_id, services);
    context.type = 'text/plain; charset=utf-8';
    if (query.follow) {
      followLog(job.job_id, services, context);
      return;
    }
    const lines: string[] = [];
    for await (const line of services.logs.lines(job.job_id)) lines.push(`${line}\n`);
    context.body = lines.join('');
  },
});

function preserve(method: 'put' | 'delete', preserved: boolean) {
  return route({
    method,
    path: '/jobs/{job_id}/preserve',
    summary: preserved ? 'Keep the run from retention' : 'Leave the run to retention again',
    tag: 'jobs',
    changes: true,
    params: () => jobParams,
    query: () => noQuery,
    answers: () => ({ 200: { description: 'The job', schema: jobBody }, ...notFound }),
    async handle({ params }, services, context) {
      context.body = await services.queue.preserve(jobOf(params.job_id, services).job_id, preserved);
    },
  });
}

export const preserveJob = preserve('put', true);
export const releaseJob = preserve('delete', false);
