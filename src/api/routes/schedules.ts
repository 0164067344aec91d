import * as z from 'zod';
import { benchmarkModes } from '../../benchmark/plan.js';
import type { ScheduleState, Skip } from '../../jobs/schedule.js';
import { scheduleSkipReasons } from '../../shared/skip-reason.js';
import { ApiError } from '../api-error.js';
import { route } from '../route.js';

const none = z.strictObject({});
const at = z.iso.datetime();

/** No limit of its own: a server that is slow to answer is given up by whoever asks it. */
const unlimited = new AbortController().signal;

const scheduleBody = z
  .object({
    name: z.string(),
    cron: z.string(),
    timezone: z.string(),
    mode: z.enum(benchmarkModes),
    targets: z.union([z.literal('all'), z.array(z.string())]),
    jitter_s: z.number(),
    when_busy: z.enum(['skip', 'wait', 'run']),
    paused: z.boolean(),
    next_run_at: at.nullable().meta({ description: 'Without jitter; null while paused' }),
    last_run: z.object({ at, job_id: z.string() }).nullable().meta({ description: 'Since the agent started' }),
    last_skip: z.object({ at, reason: z.enum(scheduleSkipReasons), detail: z.string() }).nullable(),
  })
  .meta({ id: 'Schedule' });

export type ScheduleBody = z.infer<typeof scheduleBody>;

function bodyOf({ schedule, paused, nextRun, lastRun, lastSkip }: ScheduleState): ScheduleBody {
  const { name, cron, timezone, mode, targets, jitterMs, whenBusy } = schedule;
  return {
    name,
    cron,
    timezone,
    mode,
    targets: targets === 'all' ? targets : [...targets],
    jitter_s: jitterMs / 1000,
    when_busy: whenBusy,
    paused,
    next_run_at: nextRun?.toISOString() ?? null,
    last_run: lastRun === undefined ? null : { at: lastRun.at.toISOString(), job_id: lastRun.jobId },
    last_skip: lastSkip === undefined ? null : skipBodyOf(lastSkip),
  };
}

function skipBodyOf({ at: time, reason, detail }: Skip): z.infer<typeof scheduleBody>['last_skip'] {
  return { at: time.toISOString(), reason, detail };
}

export const listSchedules = route({
  method: 'get',
  path: '/schedules',
  summary: 'Schedules, with their next and last runs and the last skip',
  tag: 'schedules',
  changes: false,
  params: () => none,
  query: () => none,
  answers: () => ({ 200: { description: 'In the order of the configuration', schema: z.array(scheduleBody) } }),
  handle(_input, { schedules }, context) {
    context.body = schedules.list().map(bodyOf);
  },
});

function pause(method: 'put' | 'delete', paused: boolean) {
  return route({
    method,
    path: '/schedules/{name}/pause',
    summary: paused ? 'Start no further runs of a schedule' : 'Let a schedule go on',
    tag: 'schedules',
    changes: true,
    params: () => z.object({ name: z.string() }),
    query: () => none,
    answers: () => ({
      200: { description: 'The schedule', schema: scheduleBody },
      404: { description: 'No such schedule' },
    }),
    async handle({ params: { name } }, { schedules }, context) {
      const state = await schedules.setPaused(name, paused);
      if (state === undefined) throw new ApiError(404, `Schedule '${name}' not found.`);
      context.body = bodyOf(state);
    },
  });
}

export const pauseSchedule = pause('put', true);
export const resumeSchedule = pause('delete', false);

export const runSchedule = route({
  method: 'post',
  path: '/schedules/{name}/run',
  summary: 'Run now what a schedule runs, behind what runs or waits already',
  tag: 'schedules',
  changes: true,
  params: () => z.object({ name: z.string() }),
  query: () => none,
  answers: () => ({
    202: {
      description: 'Taken: one for each model of each target',
      schema: z.object({ job_ids: z.array(z.string()) }),
    },
    404: { description: 'No such schedule' },
    503: { description: 'The queue is full' },
  }),
  async handle({ params: { name } }, { schedules, queue }, context) {
    const asked = await schedules.asked(name, unlimited);
    if (asked === undefined) throw new ApiError(404, `Schedule '${name}' not found.`);
    const jobs = await Promise.all(asked.map((run) => queue.submit({ ...run, trigger: 'api' }, 'queue')));
    context.status = 202;
    context.body = { job_ids: jobs.map((job) => job.job_id) };
  },
});
