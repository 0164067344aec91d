/** One benchmark from a resolved target to its result: plan, runner process, hardware windows. */
import type { BenchmarkEvent } from '../benchmark/benchmark-event.js';
import { type Finding, mostTellingFirst, partlyOnCpu } from '../benchmark/finding.js';
import { type BenchmarkMode, type BenchmarkPlan, planBenchmark } from '../benchmark/plan.js';
import type { Prompts } from '../benchmark/prompts.js';
import type { BenchmarkResult, TestResult } from '../benchmark/result.js';
import { workloadVersion } from '../benchmark/workload-version.js';
import { findingsOf } from '../hardware/findings.js';
import { cardsOf, type GpuChoice } from '../hardware/gpu-choice.js';
import type { GpuProcess } from '../hardware/gpu-source.js';
import { type HardwareProfile, snapshotOf, vramBytesOf } from '../hardware/inventory/profile.js';
import { lostCards } from '../hardware/lost-cards.js';
import type { Sampler, WindowSamples } from '../hardware/sampler.js';
import type { TimeWindow } from '../hardware/time-window.js';
import { gpuStatsOf, hostStatsOf } from '../hardware/window.js';
import type { Logger } from '../logger.js';
import { portOf } from '../servers/api-base.js';
import type { ResolvedTarget } from '../servers/target.js';
import { type Runner, type RunnerProcess, startRunner } from './supervisor.js';

/** Who watches the hardware while the runner measures. */
export interface HardwareWatch {
  readonly sampler: Pick<Sampler, 'cut'>;
  /** The GPUs that the target computes on. */
  readonly gpus: GpuChoice;
  /** Processes other than the target's with memory on those GPUs before the job; `undefined` where unknown. */
  readonly otherProcesses: readonly GpuProcess[] | undefined;
}

export interface BenchmarkJob {
  readonly runId: string;
  readonly jobId: string;
  readonly mode: BenchmarkMode;
  readonly target: ResolvedTarget;
  readonly profile: HardwareProfile;
  readonly prompts: Prompts;
  readonly timeoutMs: number;
  readonly extraRuns?: BenchmarkPlan['extraRuns'];
  /** Of the answer that the canary had before; `undefined` where none is known. */
  readonly canarySha256?: string | undefined;
  readonly cancelGraceMs: number;
  readonly agentVersion: string;
  readonly now: () => Date;
  readonly logger: Logger;
  /** `undefined` for a target on another machine: nothing of its hardware can be seen from here. */
  readonly hardware?: HardwareWatch | undefined;
  /** The runner's, which was started ahead. */
  readonly process: RunnerProcess;
}

export interface JobListener {
  /** The plan is known; nothing has been asked of the server yet. */
  readonly onPlan: (plan: BenchmarkPlan) => void;
  readonly onEvent: (event: BenchmarkEvent, atMs: number) => void;
}

export type JobOutcome =
  | { readonly status: 'done'; readonly result: BenchmarkResult }
  | { readonly status: 'error'; readonly error: string; readonly detail?: string | undefined }
  | { readonly status: 'cancelled' };

export interface RunningJob {
  readonly runner: Runner;
  readonly plan: BenchmarkPlan;
  /** Never rejects. */
  readonly outcome: Promise<JobOutcome>;
}

const NO_RESULTS = 'No LLM server detected or benchmark produced no results.';

/** Starts the job's runner. */
export function startBenchmarkJob(job: BenchmarkJob, listener: JobListener): RunningJob {
  const plan = planBenchmark({
    mode: job.mode,
    vramBytes: vramBytesOf(job.profile),
    contextLength: job.target.contextLength,
    timeoutMs: job.timeoutMs,
    extraRuns: job.extraRuns,
    canarySha256: job.canarySha256,
  });
  listener.onPlan(plan);
  const runAt = job.now();
  let { contextLength } = job.target;
  let described: Promise<readonly TestResult[]> = Promise.resolve([]);
  const skipped = plan.skipped.map(({ testId, reason }) => ({ test_id: testId, reason }));
  const runner = startRunner({
    assignment: { server: job.target.identity, model: job.target.model, plan: mutable(plan), prompts: job.prompts },
    cancelGraceMs: job.cancelGraceMs,
    logger: job.logger,
    process: job.process,
    onEvent: (event, atMs) => {
      if (event.type === 'test_finished') {
        // Cut at once, while the readings are at hand; described in order, because findings look at earlier tests.
        const { test, window } = event;
        const samples = window === undefined ? undefined : samplesOf(job, window);
        described = described.then(async (earlier) => {
          const known = earlier.length === 0 ? placement(job) : [];
          const told = { ...test, findings: [...test.findings, ...known] };
          return [
            ...earlier,
            describedTest({ test: told, window, earlier, samples: await samples, hardware: job.hardware }),
          ];
        });
      } else if (event.type === 'context_changed') contextLength = event.contextLength;
      else if (event.type === 'test_skipped') skipped.push({ test_id: event.testId, reason: event.reason });
      listener.onEvent(event, atMs);
    },
  });
  const outcome = runner.ended.then(async (end): Promise<JobOutcome> => {
    if (end.status === 'cancelled') return { status: 'cancelled' };
    if (end.status === 'crashed') return { status: 'error', error: end.message };
    const tests = await described;
    if (tests.some((test) => test.successful_runs > 0 && test.category !== 'canary')) {
      return { status: 'done', result: assembled(job, { runAt, tests, skipped, contextLength }) };
    }
    const failed = tests.find((test) => test.error !== null);
    return { status: 'error', error: failed?.error ?? NO_RESULTS, detail: failed?.error_detail ?? undefined };
  });
  return { runner, plan, outcome };
}

// What an engine keeps on the CPU beside a model that lies on the GPU as a whole is less.
const WHOLLY_ON_GPU = 0.99;

/** What is true of the whole run, told once. Where there is no GPU, there is none for the model to lie on. */
function placement({ target, profile }: BenchmarkJob): readonly Finding[] {
  const { gpuRatio, isLocal } = target;
  if (gpuRatio === undefined || gpuRatio >= WHOLLY_ON_GPU || (isLocal && profile.gpus.length === 0)) return [];
  return [partlyOnCpu(gpuRatio)];
}

/** A result without its hardware figures is still a result. */
async function samplesOf({ hardware, logger }: BenchmarkJob, window: TimeWindow): Promise<WindowSamples | undefined> {
  try {
    return await hardware?.sampler.cut(window);
  } catch (error) {
    logger.warn({ err: error }, 'no hardware readings for a test');
    return undefined;
  }
}

interface TestToDescribe {
  readonly test: TestResult;
  readonly window: TimeWindow | undefined;
  readonly earlier: readonly TestResult[];
  readonly samples: WindowSamples | undefined;
  readonly hardware: HardwareWatch | undefined;
}

function describedTest({ test, window, earlier, samples, hardware }: TestToDescribe): TestResult {
  const tokens = test.runs.reduce((sum, run) => sum + (run.success ? run.completion_tokens : 0), 0);
  const { ours, lost } = cardsInUse(samples, hardware);
  const measured: TestResult = {
    ...test,
    gpu_stats: ours === undefined ? null : gpuStatsOf(ours, tokens, lost.length === 0),
    host_stats: ours === undefined ? null : hostStatsOf(ours, tokens),
  };
  const otherProcesses = hardware?.otherProcesses;
  const found = [...test.findings, ...findingsOf({ test: measured, window, earlier, lost, otherProcesses })];
  return { ...measured, findings: mostTellingFirst(found) };
}

/** The readings of the target's GPUs alone, and which of those fell silent. */
function cardsInUse(samples: WindowSamples | undefined, hardware: HardwareWatch | undefined) {
  if (samples === undefined) return { ours: undefined, lost: [] };
  const gpus = cardsOf(hardware?.gpus ?? [], samples.gpus);
  return { ours: { ...samples, gpus }, lost: lostCards({ ...samples, gpus, everyGpu: samples.gpus }) };
}

// The protocol's schema describes plain JSON, whose arrays are mutable.
function mutable(plan: BenchmarkPlan) {
  return { ...plan, tests: [...plan.tests], skipped: [...plan.skipped] };
}

interface Collected {
  readonly runAt: Date;
  readonly tests: readonly TestResult[];
  readonly skipped: BenchmarkResult['skipped'];
  readonly contextLength: number | undefined;
}

function assembled(job: BenchmarkJob, { runAt, tests, skipped, contextLength }: Collected): BenchmarkResult {
  const { identity, model, modelFile, slots, modelLoadS, name } = job.target;
  const loadTest = tests.findIndex(({ successful_runs: successful }) => successful > 0);
  return {
    run_id: job.runId,
    job_id: job.jobId,
    run_at: runAt.toISOString(),
    finished_at: job.now().toISOString(),
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
    skipped,
    profile_snapshot: snapshotOf(job.profile),
  };
}
