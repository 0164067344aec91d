/** What the endpoints ask of the agent. Whoever wires the agent gives it; no endpoint reaches further. */

import type { AskAnswer } from '../ask/ask.js';
import type { BenchmarkResult } from '../benchmark/result.js';
import type { LoadedConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import type { GpuHealth } from '../hardware/gpu-collector.js';
import type { LiveReadings } from '../hardware/sampler.js';
import type { JobLogs } from '../jobs/job-log.js';
import type { JobStore } from '../jobs/job-store.js';
import type { LockWait } from '../jobs/lock-wait.js';
import type { JobQueue } from '../jobs/queue/job-queue.js';
import type { Schedules } from '../jobs/schedule.js';
import type { ChangesSinceQuery } from '../judging/changes-since.js';
import type { RunHeadline } from '../judging/run-headlines.js';
import type { Logger } from '../logger.js';
import type { Metrics } from '../metrics/metrics.js';
import type { TargetState } from '../metrics/target-prober.js';
import type { NodeDiagnostics } from '../runner/diagnostics/diagnostics.js';
import type { MachineScan } from '../runner/machine-scan.js';
import type { ModelSelection } from '../servers/model-selection.js';
import type { BaselineReset } from '../trends/baseline-reset.js';
import type { TargetCard } from '../trends/cards/target-cards.js';
import type { ChangesSince } from '../trends/changes/changes-since.js';
import type { Comparison } from '../trends/comparison/comparison.js';
import type { RunComparison } from '../trends/comparison/run-comparison.js';
import type { ModelList, ModelOrder } from '../trends/measured/model-list.js';
import type { RunList } from '../trends/measured/run-list.js';
import type { MachineReport } from '../trends/report/machine-report.js';
import type { MachineVerdict } from '../trends/verdict/machine-verdict.js';
import type { DiagnosticsCapture } from './diagnostics-capture.js';
import type { Followers } from './followers.js';
import type { LiveSpeeds } from './live-speeds.js';
import type { McpEndpoint } from './mcp-endpoint.js';
import type { PageFiles } from './page-files.js';
import type { TrendsAnswer, TrendsQuery } from './trends-answer.js';

export type ReloadOutcome = { readonly reloaded: true } | { readonly reloaded: false; readonly reasons: string };

/** What is seen of the machine and the servers now. */
export interface Sight extends LiveReadings {
  readonly gpuHealth: GpuHealth;
  /** Those that have been asked already. */
  readonly targets: readonly TargetState[];
}

export interface ApiServices {
  readonly version: string;
  readonly hostName: string;
  /** Tells it from every other agent, and from one with another storage path. */
  readonly installationId: string;
  readonly now: () => Date;
  readonly startedAt: Date;
  readonly logger: Logger;
  readonly config: () => Config;
  /** Where it comes from; `undefined` where nobody knows. */
  readonly configOrigin: () => Pick<LoadedConfig, 'file' | 'sourceOf'> | undefined;
  /** True once everything kept on disk is loaded. */
  readonly ready: () => boolean;
  /** Why nothing could be recorded now, in words; `undefined` where it could. */
  readonly storageProblem: () => Promise<string | undefined>;
  readonly store: JobStore;
  readonly logs: JobLogs;
  readonly queue: JobQueue;
  readonly lockWait: Pick<LockWait, 'current'>;
  /** The models to measure one after the other, `undefined` for the one that is loaded. Throws `ServerError`. */
  readonly findModels: (
    asked: { readonly target?: string | undefined; readonly models?: ModelSelection | undefined },
    signal: AbortSignal,
  ) => Promise<readonly (string | undefined)[]>;
  readonly schedules: Schedules;
  readonly followers: Followers;
  readonly liveSpeeds: LiveSpeeds;
  /** `undefined` where the web page was not built. */
  readonly page: PageFiles | undefined;
  /** Has the readings go on for as long as somebody keeps looking. */
  readonly look: () => Sight;
  /** Throws `StorageError` with `not_found` where retention has taken the run away. */
  readonly readResult: (runId: string) => Promise<BenchmarkResult>;
  readonly scan: (signal: AbortSignal) => Promise<MachineScan>;
  readonly reload: () => Promise<ReloadOutcome>;
  readonly metrics: Pick<Metrics, 'scrape'>;
  /** An answer was given: the endpoint's path, as the document has it, and the status. */
  readonly onAnswer: (path: string, status: number) => void;
  readonly diagnostics: Pick<NodeDiagnostics, 'snapshot' | 'current'>;
  /** Writes them down. Throws `StorageError`. */
  readonly captureDiagnostics: () => Promise<DiagnosticsCapture>;
  /** `undefined` where nothing was measured yet. Throws `StorageError`. */
  readonly report: () => Promise<MachineReport | undefined>;
  /** Whether each target is well, and the machine. */
  readonly verdict: () => Promise<MachineVerdict>;
  /** One for each model of each target, the worst first. */
  readonly cards: () => Promise<readonly TargetCard[]>;
  /** Throws `StorageError`. */
  readonly models: (sort: ModelOrder) => Promise<ModelList>;
  /** Throws `StorageError`. */
  readonly runs: (limit: number) => Promise<RunList>;
  /** Two or more, the first being what the others are held against. Throws `StorageError`. */
  readonly compare: (results: readonly BenchmarkResult[]) => Promise<RunComparison>;
  /** What the history shows of these runs, as far as they are known or can be read. Throws `StorageError`. */
  readonly headlines: (runIds: readonly string[]) => Promise<ReadonlyMap<string, RunHeadline>>;
  /** Resolves with the first words. Throws `AskError`, `ServerError`, `StorageError` or the signal's reason. */
  readonly ask: (question: string | undefined, signal: AbortSignal) => Promise<AskAnswer>;
  readonly trends: (query: TrendsQuery) => Promise<TrendsAnswer>;
  /** Two runs or models as a person names them. Throws `RunReferenceError`, `StorageError`. */
  readonly compareNamed: (asked: { readonly before: string; readonly after: string }) => Promise<Comparison>;
  /** Throws `RunReferenceError`, `StorageError`. */
  readonly changesSince: (query: ChangesSinceQuery) => Promise<ChangesSince>;
  /** Speaks the Model Context Protocol. */
  readonly mcp: McpEndpoint;
  /** How many series it concerns. Throws `StorageError`. */
  readonly resetBaseline: (reset: BaselineReset) => Promise<number>;
}
