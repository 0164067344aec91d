/** The runners of a Skulk node, as it tells of them itself. */
import * as z from 'zod';
import { createServerClient, type ServerAccess } from '../servers/server-client.js';
import { type RunnerDiagnostics, runnerRecordSchema } from './diagnostics/diagnostics-schema.js';
import { FLIGHT_RECORDER_ENTRIES } from './diagnostics/flight-recorder.js';

export interface SkulkRunners {
  readonly runners: readonly RunnerDiagnostics[];
  /** Runners that were left out, and why; in words. */
  readonly warnings: readonly string[];
}

const answerSchema = z.object({
  runtime: z.object({ nodeId: z.string().optional() }).optional(),
  supervisorRunners: z.array(z.unknown()),
});

/** Never rejects: a node that cannot be asked, or says something else, is a warning. */
export async function readSkulkRunners(access: ServerAccess, timeoutMs: number): Promise<SkulkRunners> {
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await createServerClient(access).get('/v1/diagnostics/node', answerSchema, deadline);
    return recordsOf(answer, access.apiBase);
  } catch (error) {
    const late = `no answer within ${timeoutMs / 1000} s`;
    const reason = error instanceof Error ? error.message : String(error);
    return {
      runners: [],
      warnings: [`The Skulk node at ${access.apiBase} did not tell its runners: ${deadline.aborted ? late : reason}`],
    };
  }
}

function recordsOf({ runtime, supervisorRunners }: z.infer<typeof answerSchema>, apiBase: string): SkulkRunners {
  const runners: RunnerDiagnostics[] = [];
  const warnings: string[] = [];
  for (const [index, told] of supervisorRunners.entries()) {
    const record = runnerRecordSchema.safeParse(adapted(told, runtime?.nodeId));
    if (record.success) runners.push(record.data);
    else warnings.push(`Runner ${index + 1} of the Skulk node at ${apiBase} is left out: ${problemOf(record.error)}`);
  }
  return { runners, warnings };
}

/** Older nodes leave out what is empty, write times with an offset, and may keep more entries than are shown here. */
function adapted(told: unknown, nodeId: string | undefined): unknown {
  if (!isObject(told)) return told;
  const { flightRecorder } = told;
  const entries = Array.isArray(flightRecorder) ? flightRecorder.slice(-FLIGHT_RECORDER_ENTRIES) : flightRecorder;
  return inUtc({ ...whenLeftOut, ...(nodeId === undefined ? {} : { nodeId }), ...told, flightRecorder: entries ?? [] });
}

const whenLeftOut = {
  pid: null,
  exitCode: null,
  lastProgressAt: null,
  activeTaskId: null,
  activeCommandId: null,
  phaseDetail: null,
  lastMlxMemory: null,
  pendingTaskIds: [],
  inProgressTasks: [],
  cancelledTaskIds: [],
  lastTaskSentAt: null,
  lastEventReceivedAt: null,
  lastEventType: null,
  milestones: [],
};

const timeFields = /^(at|statusSince|[a-z][A-Za-z]*At)$/;

/** All times below `value`, wherever they stand, as UTC with `Z`. What is no time stays as it is. */
function inUtc(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inUtc);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, timeFields.test(name) ? utcTime(field) : inUtc(field)]),
  );
}

function utcTime(field: unknown): unknown {
  const ms = typeof field === 'string' ? Date.parse(field) : Number.NaN;
  return Number.isNaN(ms) ? field : new Date(ms).toISOString();
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function problemOf(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
}
