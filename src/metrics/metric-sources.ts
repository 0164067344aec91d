/** What the metric families read. */
import type { RunnerPhase } from '../benchmark/phase.js';
import type { GpuHealth } from '../hardware/gpu-collector.js';
import type { GpuSample } from '../hardware/gpu-sample.js';
import type { HardwareProfile } from '../hardware/inventory/profile.js';
import type { LockWait } from '../jobs/lock-wait.js';
import type { JobQueue } from '../jobs/queue/job-queue.js';
import type { EnergyPrice } from '../trends/report/energy-cost.js';
import type { AnswerTally } from './answer-tally.js';
import type { DeliveryTally } from './delivery-tally.js';
import type { JobTally } from './job-tally.js';
import type { RunObserver } from './run-observer.js';
import type { ListedSchedule } from './schedule-list.js';
import type { ScheduleRuns } from './schedule-runs.js';
import type { BenchmarkSeries } from './series/benchmark-series.js';
import type { RestoreErrors } from './series/restore.js';
import type { TrendMetricSeries } from './series/trend-series.js';
import type { SkipTally } from './skip-tally.js';
import type { TargetState } from './target-prober.js';

/** The outcome of the last reading of the configuration; that at the start counts as the first. */
export interface ReloadState {
  readonly successful: boolean;
  /** When the configuration in force was read. */
  readonly loadedAt: Date;
}

/** Where the runner of the benchmark is. */
export interface RunnerState {
  readonly phase: RunnerPhase;
  readonly secondsInPhase: number;
}

/** The part of the machine's inventory that does not change while the agent runs. */
export type MachineIdentity = Pick<HardwareProfile, 'machine_id' | 'cpu' | 'ram' | 'os' | 'gpus'>;

/** What was measured, with or without an agent. */
export type SeriesSources = Pick<MetricSources, 'benchmarks' | 'trends'>;

export interface MetricSources {
  readonly version: string;
  readonly benchmarks: Pick<BenchmarkSeries, 'visible' | 'dropped'>;
  readonly trends: Pick<TrendMetricSeries, 'visible'>;
  /** `undefined` where the configuration does not price energy. */
  readonly energy: () => EnergyPrice | undefined;
  readonly jobs: Pick<JobTally, 'counts' | 'onDuration'>;
  readonly queue: Pick<JobQueue, 'running' | 'waiting' | 'paused'>;
  /** What the running job waits for. */
  readonly lockWait: Pick<LockWait, 'current'>;
  readonly schedules: () => readonly ListedSchedule[];
  readonly scheduleRuns: Pick<ScheduleRuns, 'endedAtMs'>;
  readonly skips: Pick<SkipTally, 'count' | 'lastAtMs'>;
  readonly targets: () => readonly TargetState[];
  /** Current readings alone. */
  readonly gpus: () => readonly GpuSample[];
  readonly gpuHealth: () => GpuHealth;
  /** `undefined` while no runner runs. */
  readonly runner: () => RunnerState | undefined;
  readonly runs: Pick<RunObserver, 'crashes'>;
  /** The names of those who are to be told. */
  readonly channels: () => readonly string[];
  readonly deliveries: Pick<DeliveryTally, 'count'>;
  readonly answers: Pick<AnswerTally, 'counts'>;
  readonly reload: () => ReloadState;
  /** `undefined` until the machine has been read. */
  readonly machine: () => MachineIdentity | undefined;
  readonly restoreErrors: () => RestoreErrors;
}
