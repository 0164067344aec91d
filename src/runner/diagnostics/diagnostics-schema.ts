/**
 * What `GET /v1/diagnostics/node` answers. The names of a runner's fields are those of Skulk's own diagnostics, so that
 * one reader understands both. Source: Foxlight-Foundation/Skulk src/exo/shared/types/diagnostics.py.
 */
import * as z from 'zod';
import { runnerPhases } from '../../benchmark/phase.js';
import { FLIGHT_RECORDER_ENTRIES } from './flight-recorder.js';

const time = z.iso.datetime();
const seconds = z.number().nonnegative();
const count = z.number().int().nonnegative();
const phase = z.enum(runnerPhases);
const memory = z.object({ inBytes: z.number() }).nullable();

const mlxMemorySchema = z
  .object({ generatedAt: time, active: memory, cache: memory, peak: memory, wiredLimit: memory, source: z.string() })
  .nullable();

const attributeSchema = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]);

const place = { startLayer: count, endLayer: count, nLayers: count };

const flightEntrySchema = z.object({
  at: time,
  phase,
  event: z.string(),
  detail: z.string().nullable(),
  attrs: z.record(z.string(), attributeSchema),
  context: z.object({
    nodeId: z.string(),
    runnerId: z.string(),
    pid: z.number().int().nullable(),
    instanceId: z.string(),
    modelId: z.string(),
    rank: count,
    worldSize: count,
    ...place,
  }),
  taskId: z.string().nullable(),
  commandId: z.string().nullable(),
  mlxMemory: mlxMemorySchema,
});

const taskSchema = z.object({
  taskId: z.string(),
  taskKind: z.string(),
  taskStatus: z.string(),
  instanceId: z.string(),
  commandId: z.string().nullable(),
  runnerId: z.string().nullable(),
  modelId: z.string().nullable(),
});
export type TaskRecord = z.infer<typeof taskSchema>;

const milestoneSchema = z.object({ at: time, name: z.string(), detail: z.string().nullable() });
export type Milestone = z.infer<typeof milestoneSchema>;

/** The states of a runner of ours; those of other engines may be more. */
export const statusKinds = [
  'RunnerIdle',
  'RunnerConnecting',
  'RunnerLoading',
  'RunnerRunning',
  'RunnerShuttingDown',
  'RunnerShutdown',
  'RunnerFailed',
] as const;
export type StatusKind = (typeof statusKinds)[number];

export const runnerRecordSchema = z
  .object({
    runnerId: z.string(),
    instanceId: z.string().meta({ description: 'One process' }),
    nodeId: z.string().meta({ description: 'Whose runner it is: this machine, or the node of another engine' }),
    modelId: z.string(),
    deviceRank: count,
    worldSize: count,
    ...place,
    pid: z.number().int().nullable().meta({ description: 'Stays when the process is gone' }),
    processAlive: z.boolean(),
    exitCode: z
      .number()
      .int()
      .nullable()
      .meta({ description: 'Minus the number of the signal that ended the process' }),
    statusKind: z.string().meta({ description: `Of our own runners: ${statusKinds.join(', ')}` }),
    statusSince: time,
    secondsInStatus: seconds,
    phase,
    phaseStartedAt: time,
    secondsInPhase: seconds,
    lastProgressAt: time.nullable().meta({ description: "The runner's own stamp of the last thing it told" }),
    activeTaskId: z.string().nullable(),
    activeCommandId: z.string().nullable(),
    phaseDetail: z.string().nullable(),
    lastMlxMemory: mlxMemorySchema,
    flightRecorder: z.array(flightEntrySchema).max(FLIGHT_RECORDER_ENTRIES),
    pendingTaskIds: z.array(z.string()),
    inProgressTasks: z.array(taskSchema),
    completedTaskCount: count,
    cancelledTaskIds: z.array(z.string()),
    lastTaskSentAt: time.nullable(),
    lastEventReceivedAt: time.nullable().meta({ description: "By the agent's clock" }),
    lastEventType: z.string().nullable(),
    milestones: z.array(milestoneSchema),
  })
  .meta({ id: 'RunnerDiagnostics', description: 'A runner, alive or dead. A task is one test, a command the job.' });
export type RunnerDiagnostics = z.infer<typeof runnerRecordSchema>;

const processSchema = z.object({
  pid: z.number().int(),
  parentPid: z.number().int().nullable(),
  role: z.enum(['agent', 'runner']),
  alive: z.boolean(),
  status: z.string().nullable().meta({ description: 'As the kernel words it: `S (sleeping)`' }),
  threads: z.number().int().nullable(),
  rssBytes: z.number().nullable(),
  cpuSeconds: z.number().nullable().meta({ description: 'User and system time since its start' }),
});
export type ProcessDiagnostics = z.infer<typeof processSchema>;

const runtimeSchema = z.object({
  nodeId: z.string().nullable().meta({ description: "The machine's id; `null` until a benchmark has read it" }),
  hostname: z.string(),
  pid: z.number().int(),
  typhonVersion: z.string(),
  nodeVersion: z.string(),
  platform: z.string(),
  arch: z.string(),
  uptimeSeconds: seconds,
  eventLoopDelaySeconds: seconds.meta({ description: 'How long the agent just kept what was due waiting' }),
  eventLoopUtilization: z.number().meta({ description: 'Share of its life that the agent was not idle, 0 to 1' }),
});
export type RuntimeDiagnostics = z.infer<typeof runtimeSchema>;

const resourcesSchema = z.object({
  memory: z.object({ totalBytes: z.number(), availableBytes: z.number() }),
  agentMemory: z.object({ rssBytes: z.number(), heapUsedBytes: z.number() }),
  cpuCount: z.number().int(),
  loadAverage: z
    .object({ oneMinute: z.number(), fiveMinutes: z.number(), fifteenMinutes: z.number() })
    .nullable()
    .meta({ description: '`null` on Windows, which has none' }),
});
export type ResourceDiagnostics = z.infer<typeof resourcesSchema>;

export const nodeDiagnosticsSchema = z
  .object({
    generatedAt: time,
    runtime: runtimeSchema,
    resources: resourcesSchema,
    processes: z.array(processSchema),
    supervisorRunners: z
      .array(runnerRecordSchema)
      .meta({ description: 'Our own, the newest first, then those of Skulk nodes that are targets' }),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'NodeDiagnostics', description: 'What the runner is doing and why it may be stuck' });
export type NodeDiagnosticsDocument = z.infer<typeof nodeDiagnosticsSchema>;
