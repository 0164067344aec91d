/** What a runner finishes of its job, test by test, with the hardware figures of each. */
import type { BenchmarkEvent } from '../benchmark/benchmark-event.js';
import { type Finding, mostTellingFirst, partlyOnCpu } from '../benchmark/finding.js';
import { type BenchmarkMode, type BenchmarkPlan, type PlanInput, planBenchmark } from '../benchmark/plan.js';
import type { BenchmarkResult, Segment, TestResult } from '../benchmark/result.js';
import { findingsOf } from '../hardware/findings.js';
import { cardsOf, type GpuChoice } from '../hardware/gpu-choice.js';
import type { GpuProcess } from '../hardware/gpu-source.js';
import { type HardwareProfile, vramBytesOf } from '../hardware/inventory/profile.js';
import { lostCards } from '../hardware/lost-cards.js';
import type { Sampler, WindowSamples } from '../hardware/sampler.js';
import type { TimeWindow } from '../hardware/time-window.js';
import { gpuStatsOf, hostStatsOf } from '../hardware/window.js';
import type { Logger } from '../logger.js';
import type { ResolvedTarget } from '../servers/target.js';

/** Who watches the hardware while the runner measures. */
export interface HardwareWatch {
  readonly sampler: Pick<Sampler, 'cut'>;
  /** The GPUs that the target computes on. */
  readonly gpus: GpuChoice;
  /** Processes other than the target's with memory on those GPUs before the job; `undefined` where unknown. */
  readonly otherProcesses: readonly GpuProcess[] | undefined;
}

/** What a job has finished so far. */
export interface FinishedPart {
  /** Its extra time is what the tests to come have left. */
  readonly plan: BenchmarkPlan;
  readonly tests: readonly TestResult[];
  /** By the plan, and since. */
  readonly skipped: BenchmarkResult['skipped'];
  readonly modelLoadS: number | undefined;
  readonly contextLength: number | undefined;
  readonly segments: readonly Segment[];
}

export type OnPart = ((part: FinishedPart) => Promise<void>) | undefined;

export interface PlannedJob {
  readonly mode: BenchmarkMode;
  readonly target: ResolvedTarget;
  readonly profile: HardwareProfile;
  readonly timeoutMs: number;
  readonly extraRuns?: BenchmarkPlan['extraRuns'];
  /** Of the answer that the canary had before; `undefined` where none is known. */
  readonly canarySha256?: string | undefined;
  readonly canaryLogprobs?: PlanInput['canaryLogprobs'];
  readonly now: () => Date;
  readonly logger: Logger;
  /** `undefined` for a target on another machine: nothing of its hardware can be seen from here. */
  readonly hardware?: HardwareWatch | undefined;
  /** What an earlier runner of the same job has finished. */
  readonly earlier?: FinishedPart | undefined;
}

/** What one runner of a job adds to what earlier ones have finished. */
export class JobPart {
  readonly plan: BenchmarkPlan;
  readonly #job: PlannedJob;
  readonly #from: Date;
  readonly #skipped: BenchmarkResult['skipped'];
  #contextLength: number | undefined;
  #extraTimeLeftMs: number | undefined;
  #described: Promise<readonly TestResult[]>;
  #told: Promise<void> = Promise.resolve();

  constructor(job: PlannedJob) {
    const { earlier } = job;
    this.#job = job;
    this.plan = earlier?.plan ?? planned(job);
    this.#from = job.now();
    this.#skipped = [...(earlier?.skipped ?? this.plan.skipped.map(skippedTest))];
    this.#contextLength = job.target.contextLength;
    this.#extraTimeLeftMs = this.plan.extraRuns?.extraTimeMs;
    this.#described = Promise.resolve(earlier?.tests ?? []);
  }

  /** Of the plan's tests those that earlier runners have done. */
  finished() {
    const { earlier } = this.#job;
    const tests = (earlier?.tests ?? []).map((test) => ({ testId: test.test_id, succeeded: test.successful_runs > 0 }));
    const skipped = (earlier?.skipped ?? []).map((test) => ({ testId: test.test_id, succeeded: false }));
    return [...tests, ...skipped];
  }

  /** Resolves with all tests once those that are finished have their hardware figures. */
  described(): Promise<readonly TestResult[]> {
    return this.#described;
  }

  /** Resolves once all that is finished has been told. */
  async told(): Promise<void> {
    await this.#described;
    await this.#told;
  }

  take(event: BenchmarkEvent, onPart: OnPart): void {
    if (event.type === 'context_changed') this.#contextLength = event.contextLength;
    if (event.type === 'test_skipped') this.#skipped.push(skippedTest(event));
    if (event.type === 'test_finished') {
      this.#extraTimeLeftMs = event.extraTimeLeftMs ?? this.#extraTimeLeftMs;
      this.#describe(event);
    }
    if (event.type === 'test_finished' || event.type === 'test_skipped') this.#tell(onPart);
  }

  /** All that is finished, with these tests. */
  whole(tests: readonly TestResult[]): FinishedPart & { readonly segment: Segment } {
    return { ...this.#rest(), tests };
  }

  #rest() {
    const { target, earlier, now } = this.#job;
    const segment: Segment = { from: this.#from.toISOString(), to: now().toISOString() };
    const { extraRuns } = this.plan;
    const left = this.#extraTimeLeftMs ?? 0;
    return {
      plan: extraRuns === undefined ? this.plan : { ...this.plan, extraRuns: { ...extraRuns, extraTimeMs: left } },
      skipped: [...this.#skipped],
      modelLoadS: earlier === undefined ? target.modelLoadS : earlier.modelLoadS,
      contextLength: this.#contextLength,
      segment,
      segments: [...(earlier?.segments ?? []), segment],
    };
  }

  #describe({ test, window }: Extract<BenchmarkEvent, { type: 'test_finished' }>): void {
    const job = this.#job;
    // Cut at once, while the readings are at hand; described in order, because findings look at earlier tests.
    const samples = window === undefined ? undefined : samplesOf(job, window);
    this.#described = this.#described.then(async (earlier) => {
      const known = earlier.length === 0 ? placement(job) : [];
      const told = { ...test, findings: [...test.findings, ...known] };
      return [
        ...earlier,
        describedTest({ test: told, window, earlier, samples: await samples, hardware: job.hardware }),
      ];
    });
  }

  #tell(onPart: OnPart): void {
    if (onPart === undefined) return;
    // As it stands now: by the time these tests are described, more may have happened.
    const rest = this.#rest();
    this.#described = this.#described.then((tests) => {
      const told = onPart({ ...rest, tests });
      this.#told = this.#told.then(() => told);
      return tests;
    });
  }
}

function planned(job: PlannedJob): BenchmarkPlan {
  return planBenchmark({
    mode: job.mode,
    vramBytes: vramBytesOf(job.profile),
    contextLength: job.target.contextLength,
    timeoutMs: job.timeoutMs,
    extraRuns: job.extraRuns,
    canarySha256: job.canarySha256,
    canaryLogprobs: job.canaryLogprobs,
    isOnCpu: job.target.isLocal && job.profile.gpus.length === 0,
  });
}

function skippedTest({ testId, reason }: { readonly testId: string; readonly reason: string }) {
  return { test_id: testId, reason };
}

// What an engine keeps on the CPU beside a model that lies on the GPU as a whole is less.
const WHOLLY_ON_GPU = 0.99;

/** What is true of the whole run, told once. Where there is no GPU, there is none for the model to lie on. */
function placement({ target, profile }: PlannedJob): readonly Finding[] {
  const { gpuRatio, isLocal } = target;
  if (gpuRatio === undefined || gpuRatio >= WHOLLY_ON_GPU || (isLocal && profile.gpus.length === 0)) return [];
  return [partlyOnCpu(gpuRatio)];
}

/** A result without its hardware figures is still a result. */
async function samplesOf({ hardware, logger }: PlannedJob, window: TimeWindow): Promise<WindowSamples | undefined> {
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
