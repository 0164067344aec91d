/** A benchmark somebody asked for, from the asking to its end. The JSON is what the API answers. */
import * as z from 'zod';
import { benchmarkModes } from '../benchmark/plan.js';
import { undoneWords } from '../shared/text/skip-words.js';

export const jobStatuses = ['pending', 'running', 'paused', 'done', 'error', 'cancelled', 'interrupted'] as const;
export type JobStatus = (typeof jobStatuses)[number];

export const jobIdPattern = /^[0-9a-f]{8}$/;

/** `total` is `null` until the plan is known; `done` counts finished and skipped tests. */
export const jobProgressSchema = z.object({
  done: z.number().int(),
  total: z.number().int().nullable(),
  current_test: z.string().nullable(),
  /** Which timed run of the test is under way, where it is one beyond the plan, for a surer mean; else absent. */
  extra_run: z.number().int().optional(),
  /** The half-width of the mean's 95 % interval that ends such runs, as a share of the mean; absent without `extra_run`. */
  precision: z.number().optional(),
});
export type JobProgress = z.infer<typeof jobProgressSchema>;

const asked = {
  job_id: z.string().regex(jobIdPattern),
  mode: z.enum(benchmarkModes),
  /** `api`, `cli`, or `schedule:` and the schedule's name. */
  trigger: z.string(),
  /** The target's name or URL; `null` until one is chosen, where none was asked for. */
  target: z.string().nullable(),
  /** The model asked for, then the one measured; `null` until one is chosen, where none was asked for. */
  model: z.string().nullable(),
  progress: jobProgressSchema,
  created_at: z.iso.datetime(),
  /** Keeps the job's run from retention. */
  preserved: z.boolean(),
  /** Goes before jobs without, and has a scheduled one paused; absent without. */
  priority: z.literal('high').optional(),
  /** What was asked for, once target and model were chosen. */
  requested: z.object({ target: z.string().nullable(), model: z.string().nullable() }).optional(),
  /** When it went on last after it had been paused or interrupted; absent where it runs in one go. */
  resumed_at: z.iso.datetime().optional(),
  gave_way_to: z
    .string()
    .optional()
    .meta({ description: 'The schedule whose run it has let go first; absent without' }),
};

const at = z.iso.datetime();
const open = { finished_at: z.null(), run_id: z.null(), error: z.null() };
/** A job that is to go on has been started already. */
const pending = {
  ...open,
  started_at: at.nullable(),
  gives_way: z
    .object({
      schedule: z.string(),
      due_at: at,
      until: at.meta({ description: 'When it starts where no run of the schedule has come' }),
    })
    .optional()
    .meta({
      description:
        'The scheduled run that it lets go first, as it would reach into it: it starts once that run is over. Absent where it waits for its turn alone',
    }),
};
const running = {
  ...open,
  started_at: at,
  /** It was asked to pause: the test that runs is its last for now. */
  pausing: z.literal(true).optional(),
};
const paused = {
  ...open,
  started_at: at.nullable(),
  paused_at: at,
  /** Why it could not go on, where it tried. */
  reason: z.string().optional(),
  /** It had to make room, and goes on when nothing of high priority is left. */
  resumes_itself: z.literal(true).optional(),
};
const ended = { started_at: at.nullable(), finished_at: at, run_id: z.null() };

/** A job without its result, as it is kept in `logs/jobs/<job id>.json`. */
export const jobSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('pending'), ...asked, ...pending }),
  z.object({ status: z.literal('running'), ...asked, ...running }),
  z.object({ status: z.literal('paused'), ...asked, ...paused }),
  z.object({ status: z.literal('done'), ...asked, ...ended, started_at: at, run_id: z.string(), error: z.null() }),
  z.object({
    status: z.literal('error'),
    ...asked,
    ...ended,
    error: z.string(),
    error_detail: z.string().optional(),
    /** The process that measured died: what it had finished is kept, and the job can be resumed. */
    crashed: z.literal(true).optional(),
  }),
  z.object({ status: z.literal('cancelled'), ...asked, ...ended, error: z.null() }),
  z.object({
    status: z.literal('interrupted'),
    ...asked,
    ...ended,
    error: z.string(),
    /** It was paused for too long to go on. */
    expired: z.literal(true).optional(),
  }),
]);
export type Job = z.infer<typeof jobSchema>;
export type JobIn<Status extends JobStatus> = Extract<Job, { status: Status }>;
export type ActiveJob = JobIn<'pending' | 'running'>;
export type PausedJob = JobIn<'paused'>;
export type GivesWay = NonNullable<JobIn<'pending'>['gives_way']>;
export type EndedJob = Exclude<Job, ActiveJob | PausedJob>;

export interface JobRequest {
  readonly mode: Job['mode'];
  readonly trigger: string;
  readonly target?: string | undefined;
  readonly model?: string | undefined;
  /** Jobs that were asked for in one go have the same: they take one place in the queue, and none is in another's way. */
  readonly batch?: symbol | undefined;
  readonly priority?: 'high' | undefined;
}

/** A job as it begins: asked for at `now`, nothing of it has run. */
export function pendingJob(jobId: string, request: JobRequest, now: Date): JobIn<'pending'> {
  return {
    job_id: jobId,
    status: 'pending',
    mode: request.mode,
    trigger: request.trigger,
    target: request.target ?? null,
    model: request.model ?? null,
    progress: { done: 0, total: null, current_test: null },
    created_at: now.toISOString(),
    started_at: null,
    finished_at: null,
    run_id: null,
    error: null,
    preserved: false,
    ...(request.priority === undefined ? {} : { priority: request.priority }),
  };
}

/** The same job once its turn has come, for the first time or again. */
export function startedJob(job: JobIn<'pending'>, now: Date): JobIn<'running'> {
  const at = now.toISOString();
  return job.started_at === null
    ? { ...job, status: 'running', started_at: at }
    : { ...job, status: 'running', started_at: job.started_at, resumed_at: at };
}

export interface Pause {
  readonly resumesItself: boolean;
  readonly reason?: string | undefined;
}

/** The same job set aside at `now`. */
export function pausedJob(job: ActiveJob, { resumesItself, reason }: Pause, now: Date): PausedJob {
  return {
    ...withoutState(job),
    status: 'paused',
    started_at: job.started_at,
    finished_at: null,
    run_id: null,
    error: null,
    paused_at: now.toISOString(),
    ...(reason === undefined ? {} : { reason }),
    ...(resumesItself ? { resumes_itself: true } : {}),
  };
}

/** The same job as it waits to go on. */
export function resumedJob(job: PausedJob | EndedJob): JobIn<'pending'> {
  return {
    ...withoutState(job),
    status: 'pending',
    started_at: job.started_at,
    finished_at: null,
    run_id: null,
    error: null,
  };
}

/** What a job has whatever its state. */
function withoutState(job: Job) {
  const { job_id, mode, trigger, target, model, progress, created_at, preserved } = job;
  const { priority, requested, resumed_at, gave_way_to } = job;
  return {
    ...{ job_id, mode, trigger, target, model },
    progress: { done: progress.done, total: progress.total, current_test: null },
    ...{ created_at, preserved },
    ...(priority === undefined ? {} : { priority }),
    ...(requested === undefined ? {} : { requested }),
    ...(resumed_at === undefined ? {} : { resumed_at }),
    ...(gave_way_to === undefined ? {} : { gave_way_to }),
  };
}

/** How a job ended. */
export type JobEnd =
  | {
      readonly status: 'done';
      readonly runId: string;
      /** Tests that were not begun, as the server had gone away; absent where there are none. */
      readonly undone?: number | undefined;
    }
  | {
      readonly status: 'error';
      readonly error: string;
      readonly detail?: string | undefined;
      /** The process that measured died. */
      readonly crashed?: boolean | undefined;
    }
  | { readonly status: 'cancelled' }
  /** The agent died or was stopped while the job was active. */
  | { readonly status: 'interrupted'; readonly reason: string; readonly expired?: boolean | undefined };

/** The same job ended at `now`, with its result's id or with its error in words. */
export function endedJob(job: ActiveJob | PausedJob, end: JobEnd, now: Date): EndedJob {
  const common = {
    ...withoutState(job),
    started_at: job.started_at,
    finished_at: now.toISOString(),
    run_id: null,
  };
  switch (end.status) {
    case 'done':
      // A job that is done was started, if only just now.
      return {
        ...common,
        status: 'done',
        started_at: job.started_at ?? now.toISOString(),
        run_id: end.runId,
        error: null,
      };
    case 'error':
      return {
        ...common,
        status: 'error',
        error: end.error,
        ...(end.detail === undefined ? {} : { error_detail: end.detail }),
        ...(end.crashed === true ? { crashed: true } : {}),
      };
    case 'cancelled':
      return { ...common, status: 'cancelled', error: null };
    case 'interrupted':
      return {
        ...common,
        status: 'interrupted',
        error: end.reason,
        ...(end.expired === true ? { expired: true } : {}),
      };
  }
}

/** Pending or running: it can still be cancelled. */
export function isActive(job: Job): job is ActiveJob {
  return job.status === 'pending' || job.status === 'running';
}

/** Stopped before it was through, by no wish of anybody: what it had finished may still be of use. */
export function isBrokenOff(job: Job): job is JobIn<'interrupted' | 'error'> {
  return (job.status === 'interrupted' && job.expired !== true) || (job.status === 'error' && job.crashed === true);
}

/** Nothing more happens to it by itself; one that was interrupted can be resumed for a while. */
export function isEnded(job: Job): job is EndedJob {
  return !isActive(job) && job.status !== 'paused';
}

/** The schedule that a job came from, if it came from one. */
export function scheduleOf(job: Pick<Job, 'trigger'>): string | undefined {
  const [kind, ...name] = job.trigger.split(':');
  return kind === 'schedule' ? name.join(':') : undefined;
}

/** What the log of a job says last. */
export function lastLineOf(end: JobEnd): string {
  switch (end.status) {
    case 'done':
      return `Done${end.undone === undefined ? '.' : `, but ${undoneWords(end.undone)}`} Recorded as ${end.runId}.`;
    case 'error':
      return `Failed: ${end.error}${end.detail === undefined ? '' : ` (${end.detail})`}`;
    case 'cancelled':
      return 'Cancelled.';
    case 'interrupted':
      return `Interrupted: ${end.reason}.`;
  }
}
