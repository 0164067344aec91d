/** One benchmark from a resolved target to its result: plan, runner process, hardware windows. */
import type { BenchmarkEvent } from '../benchmark/benchmark-event.js';
import type { BenchmarkPlan } from '../benchmark/plan.js';
import type { Prompts } from '../benchmark/prompts.js';
import type { BenchmarkResult } from '../benchmark/result.js';
import { workloadVersion } from '../benchmark/workload-version.js';
import { snapshotOf } from '../hardware/inventory/profile.js';
import { portOf } from '../servers/api-base.js';
import { JobPart, type OnPart, type PlannedJob } from './job-part.js';
import { type Runner, type RunnerProcess, startRunner } from './supervisor.js';

export interface BenchmarkJob extends PlannedJob {
  readonly runId: string;
  readonly jobId: string;
  readonly prompts: Prompts;
  readonly cancelGraceMs: number;
  readonly agentVersion: string;
  /** The runner's, which was started ahead. */
  readonly process: RunnerProcess;
}

export interface JobListener {
  /** The plan is known; nothing has been asked of the server yet. */
  readonly onPlan: (plan: BenchmarkPlan) => void;
  readonly onEvent: (event: BenchmarkEvent, atMs: number) => void;
  /** A test is finished or skipped. An outcome without a result, which would say more, waits for it; must not reject. */
  readonly onPart?: OnPart;
}

export type JobOutcome =
  | { readonly status: 'done'; readonly result: BenchmarkResult }
  | {
      readonly status: 'error';
      readonly error: string;
      readonly detail?: string | undefined;
      /** The runner died. */
      readonly crashed?: boolean | undefined;
    }
  | { readonly status: 'cancelled' }
  /** As it was asked to; tests are left. */
  | { readonly status: 'paused' };

export interface RunningJob {
  readonly runner: Runner;
  readonly plan: BenchmarkPlan;
  /** Tests of the plan that an earlier runner of the job has done. */
  readonly finished: readonly string[];
  /** Never rejects. */
  readonly outcome: Promise<JobOutcome>;
}

const NO_RESULTS = 'No LLM server detected or benchmark produced no results.';

/** Starts the job's runner. */
export function startBenchmarkJob(job: BenchmarkJob, listener: JobListener): RunningJob {
  const part = new JobPart(job);
  const { plan } = part;
  const finished = part.finished();
  listener.onPlan(plan);
  const runner = startRunner({
    assignment: {
      server: job.target.identity,
      model: job.target.model,
      plan: mutable(plan),
      prompts: job.prompts,
      finished,
    },
    cancelGraceMs: job.cancelGraceMs,
    logger: job.logger,
    process: job.process,
    onEvent: (event, atMs) => {
      part.take(event, listener.onPart);
      listener.onEvent(event, atMs);
    },
  });
  const outcome = runner.ended.then(async (end): Promise<JobOutcome> => {
    if (end.status === 'cancelled') return { status: 'cancelled' };
    const tests = await part.described();
    const hasSucceeded = tests.some((test) => test.successful_runs > 0 && test.category !== 'canary');
    if (end.status === 'finished' && hasSucceeded) return { status: 'done', result: assembled(job, part.whole(tests)) };
    await part.told();
    if (end.status === 'paused') return { status: 'paused' };
    if (end.status === 'crashed') return { status: 'error', error: end.message, crashed: true };
    const failed = tests.find((test) => test.error !== null);
    return { status: 'error', error: failed?.error ?? NO_RESULTS, detail: failed?.error_detail ?? undefined };
  });
  return { runner, plan, finished: finished.map(({ testId }) => testId), outcome };
}

// The protocol's schema describes plain JSON, whose arrays are mutable.
function mutable(plan: BenchmarkPlan) {
  return { ...plan, tests: [...plan.tests], skipped: [...plan.skipped] };
}

function assembled(job: BenchmarkJob, part: ReturnType<JobPart['whole']>): BenchmarkResult {
  const { identity, model, modelFile, slots, name } = job.target;
  const { tests, skipped, segment, segments, modelLoadS, contextLength } = part;
  const loadTest = tests.findIndex(({ successful_runs: successful }) => successful > 0);
  return {
    run_id: job.runId,
    job_id: job.jobId,
    // Of a run in several stretches when the last one began, as its id says: the order of runs is that of their records.
    run_at: segment.from,
    finished_at: segment.to,
    mode: job.mode,
    workload_version: workloadVersion(job.prompts),
    agent_version: job.agentVersion,
    machine_id: job.profile.machine_id,
    target: name,
    model,
    server: {
      name: identity.name,
      kind: identity.kind,
      version: identity.version ?? null,
      port: portOf(identity.apiBase),
      api_base: identity.apiBase,
      context_length: contextLength ?? null,
      slots: slots ?? null,
      model_file: modelFile?.id ?? null,
      quantisation: modelFile?.quantisation ?? null,
    },
    model_load_s: modelLoadS ?? null,
    benchmarks: tests.map((test, index) => (index === loadTest ? { ...test, model_load_s: modelLoadS ?? null } : test)),
    skipped: [...skipped],
    segments: segments.length < 2 ? [] : [...segments],
    profile_snapshot: snapshotOf(job.profile),
  };
}
