import * as z from 'zod';
import { serverKinds } from '../../benchmark/inference-server.js';
import { runnerPhases } from '../../benchmark/phase.js';
import { benchmarkModes } from '../../benchmark/plan.js';
import type { ScheduleState } from '../../jobs/schedule.js';
import { machineVerdictSchema } from '../../trends/verdict/machine-verdict.js';
import type { Sight } from '../api-services.js';
import { jobBody } from '../job-body.js';
import { gpuHealthOf, gpuHealthSchema, liveCpu, liveCpuSchema, liveGpu, liveGpuSchema } from '../live-machine.js';
import { route } from '../route.js';

const none = z.strictObject({});

export const targetBody = z.object({
  name: z.string(),
  configured: z.boolean().meta({ description: 'Whether a run can be asked for by this name; else it was discovered' }),
  /** `up`: the server answers; `model` is null where it has none that could be measured. `unknown`: not asked yet. */
  state: z.enum(['up', 'down', 'unknown']),
  server_kind: z.enum(serverKinds).nullable(),
  server_version: z.string().nullable(),
  model: z.string().nullable(),
  no_model: z.string().nullable().meta({ description: 'Why `model` is null though the server answers, in words' }),
  context_length: z.number().int().nullable(),
  asleep: z
    .boolean()
    .meta({ description: 'Its model has left memory until somebody asks for it; typhon never wakes it' }),
  busy: z.enum(['idle', 'busy', 'unknown']).nullable().meta({
    description:
      'Whether it is at work for somebody. unknown: it has no signal and cannot be seen, so that when_busy takes it for free; null: not looked at yet, or asking would keep it awake',
  }),
});

export const statusSchema = z
  .object({
    version: z.string(),
    page_build: z.string().nullable().meta({ description: 'Of the web page that is served; null without one' }),
    host_name: z.string(),
    dashboards_url: z.string().nullable().meta({ description: 'Where the Grafana dashboards are, as configured' }),
    now: z.iso.datetime(),
    started_at: z.iso.datetime(),
    running: jobBody.nullable(),
    waiting_for: z
      .object({ holder: z.string(), seconds: z.number() })
      .nullable()
      .meta({ description: 'The benchmark of another process that the running job waits for, and how long already' }),
    waiting: z.array(jobBody).meta({ description: 'In the order in which they will run' }),
    paused: z.array(jobBody).meta({ description: 'Jobs that were paused before they were through, oldest first' }),
    verdict: machineVerdictSchema,
    schedules: z.object({
      from: z
        .enum(['built_in', 'configuration'])
        .meta({ description: 'built_in: the configuration has no `schedules`; an empty list there means none' }),
      in_force: z.array(
        z.object({
          name: z.string(),
          cron: z.string(),
          timezone: z.string(),
          mode: z.enum(benchmarkModes),
          paused: z.boolean(),
          next_run_at: z.iso.datetime().nullable(),
        }),
      ),
    }),
    last_ended: jobBody.nullable().meta({ description: 'The newest of the jobs that have ended' }),
    extra_seconds: z
      .object({ quick: z.number(), full: z.number() })
      .meta({ description: 'What a benchmark spends at most on tests that are repeated because they vary' }),
    runner: z.object({ phase: z.enum(runnerPhases), seconds_in_phase: z.number() }).nullable(),
    targets: z.array(targetBody).meta({ description: 'As last asked, which is not done while a benchmark runs' }),
    gpus: z.array(liveGpuSchema).meta({ description: 'The first answers are without readings: asking starts them' }),
    gpu_health: gpuHealthSchema,
    cpu: liveCpuSchema.nullable(),
  })
  .meta({ id: 'Status' });
export type AgentStatus = z.infer<typeof statusSchema>;

export const status = route({
  method: 'get',
  path: '/status',
  summary: 'What the agent does and sees now',
  tag: 'agent',
  changes: false,
  params: () => none,
  query: () => none,
  answers: () => ({ 200: { description: 'Jobs, targets and live readings', schema: statusSchema } }),
  async handle(_input, services, context) {
    const { version, page, hostName, startedAt, now, store, queue, lockWait, diagnostics, look, config, schedules } =
      services;
    const sight = look();
    const runner = diagnostics.current;
    const { extraTimeMs } = config().benchmark;
    const body: AgentStatus = {
      version,
      page_build: page?.build ?? null,
      host_name: hostName,
      dashboards_url: config().web.dashboardsUrl ?? null,
      now: now().toISOString(),
      started_at: startedAt.toISOString(),
      running: queue.running ?? null,
      waiting_for: lockWait.current ?? null,
      waiting: [...queue.waiting],
      verdict: await services.verdict(),
      schedules: { from: config().schedulesFrom, in_force: schedules.list().map(scheduleInForce) },
      paused: store.paused(),
      last_ended: store.newestEnded() ?? null,
      extra_seconds: { quick: extraTimeMs.quick / 1000, full: extraTimeMs.full / 1000 },
      runner: runner === undefined ? null : { phase: runner.phase, seconds_in_phase: runner.secondsInPhase },
      targets: targetsOf(
        config().targets.map(({ name }) => name),
        sight,
      ),
      gpus: sight.gpus.map(liveGpu),
      gpu_health: gpuHealthOf(sight.gpuHealth),
      cpu: sight.host === undefined ? null : liveCpu(sight.host),
    };
    context.body = body;
  },
});

function scheduleInForce({ schedule, paused, nextRun }: ScheduleState): ScheduleInForce {
  const { name, cron, timezone, mode } = schedule;
  return { name, cron, timezone, mode, paused, next_run_at: nextRun?.toISOString() ?? null };
}

type ScheduleInForce = AgentStatus['schedules']['in_force'][number];

export type TargetBody = z.infer<typeof targetBody>;

const unknownServer = {
  server_kind: null,
  server_version: null,
  model: null,
  no_model: null,
  context_length: null,
  asleep: false,
  busy: null,
};
const kindSchema = z.enum(serverKinds).nullable().catch(null);

/** The configured targets and whatever was discovered, as they were last asked. */
export function targetsOf(configured: readonly string[], { targets }: Pick<Sight, 'targets'>): TargetBody[] {
  const known = targets.map((target): TargetBody => {
    const { name } = target;
    const asked = { name, configured: configured.includes(name), ...unknownServer };
    if (target.state === 'down') return { ...asked, state: 'down' };
    if (target.state === 'no_model') return { ...asked, state: 'up', no_model: target.detail ?? null };
    const { kind, version, model, contextLength, asleep = false, busy = null } = target.server;
    return {
      ...asked,
      state: 'up',
      server_kind: kindSchema.parse(kind),
      server_version: version ?? null,
      model,
      context_length: contextLength ?? null,
      asleep,
      busy,
    };
  });
  const others = configured.filter((name) => !known.some((target) => target.name === name));
  return [
    ...known,
    ...others.map((name): TargetBody => ({ name, configured: true, state: 'unknown', ...unknownServer })),
  ];
}
