/** `/metrics`: the families on one registry, and the state that they are read from. */
import type { Registry } from 'prom-client';
import type { RequestError } from '../benchmark/client/failure.js';
import type { BenchmarkResult } from '../benchmark/result.js';
import type { Sampler } from '../hardware/sampler.js';
import type { Job } from '../jobs/job.js';
import type { JobStore } from '../jobs/job-store.js';
import type { LockWait } from '../jobs/lock-wait.js';
import type { JobQueue } from '../jobs/queue/job-queue.js';
import type { ConfiguredSchedule, Schedules } from '../jobs/schedule.js';
import type { Logger } from '../logger.js';
import type { EnergyPrice } from '../trends/report/energy-cost.js';
import type { Trend } from '../trends/trend.js';
import { AnswerTally } from './answer-tally.js';
import { DeliveryTally } from './delivery-tally.js';
import { registerProcessMetrics } from './families/process.js';
import { JobTally } from './job-tally.js';
import { registerMetric } from './live-metric.js';
import type { MachineIdentity, MetricSources, ReloadState, RunnerState } from './metric-sources.js';
import { metricDefinitions } from './registry.js';
import { RunObserver } from './run-observer.js';
import { scheduleList } from './schedule-list.js';
import { ScheduleRuns } from './schedule-runs.js';
import { BenchmarkSeries, type SeriesSettings } from './series/benchmark-series.js';
import { failureOf, type RestoreErrors, type RestoreSources, restoreSeries } from './series/restore.js';
import { TrendMetricSeries } from './series/trend-series.js';
import { SkipTally } from './skip-tally.js';
import type { TargetProber } from './target-prober.js';
import { contentTypes, type ExpositionFormat, exposition } from './text/exposition.js';
import { formatFor } from './text/negotiation.js';
import { Scrape } from './text/scrape.js';

/** The part of the configuration that is read; a reload must answer another object. */
export interface MetricsSettings extends SeriesSettings {
  readonly schedules: readonly Pick<ConfiguredSchedule, 'name' | 'mode' | 'cron' | 'timezone' | 'targets'>[];
  readonly notifications: readonly { readonly name: string }[];
  readonly energy?: EnergyPrice | undefined;
}

export interface MetricsOptions {
  /** Empty, and nobody else's. */
  readonly registry: Registry;
  readonly version: string;
  readonly now: () => Date;
  readonly logger: Logger;
  readonly settings: () => MetricsSettings;
  /** Restored, and nothing runs yet. */
  readonly store: Pick<JobStore, 'active' | 'paused' | 'subscribe' | 'page'>;
  readonly queue: Pick<JobQueue, 'running' | 'waiting' | 'paused'>;
  readonly lockWait: Pick<LockWait, 'current'>;
  readonly schedules: Pick<Schedules, 'list'>;
  readonly sampler: Pick<Sampler, 'latest' | 'gpuHealth' | 'scraped'>;
  readonly prober: Pick<TargetProber, 'current' | 'scraped'>;
  /** Where the runner is; `undefined` while none runs. */
  readonly runner: () => RunnerState | undefined;
  /** What a target that was discovered is called. */
  readonly discoveredTarget: string;
}

// As many failures of one target after its last good run tell nothing more.
const FAILED_JOBS = 50;

export class Metrics {
  readonly #options: MetricsOptions;
  readonly #series: BenchmarkSeries;
  readonly #trends: TrendMetricSeries;
  readonly #jobs: JobTally;
  readonly #runs: RunObserver;
  readonly #skips = new SkipTally();
  readonly #answers = new AnswerTally();
  readonly #deliveries = new DeliveryTally();
  readonly #scheduleRuns: ScheduleRuns;
  readonly #underWay = new Map<ExpositionFormat, Promise<Scrape>>();
  #restoreErrors: RestoreErrors = { last_run: 0, chronicle: 0, run: 0 };
  #reload: ReloadState;
  #machine: MachineIdentity | undefined;

  constructor(options: MetricsOptions) {
    const { registry, settings, store, now } = options;
    this.#options = options;
    this.#reload = { successful: true, loadedAt: now() };
    this.#series = new BenchmarkSeries(settings, now);
    this.#trends = new TrendMetricSeries(this.#series);
    this.#runs = new RunObserver(this.#series);
    this.#jobs = new JobTally(store, () => settings().schedules);
    this.#scheduleRuns = new ScheduleRuns(store.page({ limit: Number.POSITIVE_INFINITY }));
    this.#jobs.onEnd(this.#scheduleRuns.onEnd);
    this.#jobs.onEnd((job) => {
      if (job.status === 'error') this.#series.fail(failureOf(job, this.#defaultTarget()));
    });
    const sources = this.#sources();
    for (const definition of metricDefinitions) registerMetric(registry, definition, sources);
    registerProcessMetrics(registry);
  }

  get onRunner(): RunObserver['onRunner'] {
    return this.#runs.onRunner;
  }

  get onEvent(): RunObserver['onEvent'] {
    return this.#runs.onEvent;
  }

  get onSkip(): SkipTally['onSkip'] {
    return this.#skips.onSkip;
  }

  get onAnswer(): AnswerTally['onAnswer'] {
    return this.#answers.onAnswer;
  }

  get onDelivery(): DeliveryTally['onDelivery'] {
    return this.#deliveries.onDelivery;
  }

  /** A job's server could not be used, so that nothing was measured. */
  onUnprepared({ target, model, mode }: Pick<Job, 'target' | 'model' | 'mode'>, error: RequestError): void {
    const run = { target: target ?? this.#defaultTarget(), model: model ?? undefined, mode };
    this.#series.countUnbegun(run, error);
  }

  /** To be awaited before the first scrape. Never rejects: what cannot be read is logged and counted. */
  async restore(files: Pick<RestoreSources, 'lastRun' | 'rows' | 'run'>): Promise<void> {
    const { store, logger } = this.#options;
    const sources: RestoreSources = {
      ...files,
      failedJobs: () => store.page({ status: 'error', limit: FAILED_JOBS }),
      defaultTarget: () => this.#defaultTarget(),
    };
    this.#restoreErrors = await restoreSeries(this.#series, sources, logger);
  }

  /** A result has been recorded. */
  observeResult(result: BenchmarkResult): void {
    this.#series.observe(result);
  }

  /** All trends as they are now: at the start, after each result, and once a day, because drift counts back from today. */
  observeTrends(trends: () => readonly Trend[]): void {
    this.#trends.observe(trends);
  }

  /** Somebody had the configuration read again. */
  observeReload(successful: boolean): void {
    this.#reload = { successful, loadedAt: successful ? this.#options.now() : this.#reload.loadedAt };
  }

  /** The machine's hardware has been read. */
  observeMachine(machine: MachineIdentity): void {
    this.#machine = machine;
  }

  /** Everything as text, in the format that the `Accept` header asks for. Those who come at once share one. */
  scrape(accept: string | undefined): Promise<Scrape> {
    const format = formatFor(accept);
    const underWay = this.#underWay.get(format);
    if (underWay !== undefined) return underWay;
    const scrape = this.#scrape(format).finally(() => this.#underWay.delete(format));
    this.#underWay.set(format, scrape);
    return scrape;
  }

  close(): void {
    this.#jobs.close();
    this.#options.registry.clear();
  }

  async #scrape(format: ExpositionFormat): Promise<Scrape> {
    const { registry, sampler, prober } = this.#options;
    sampler.scraped();
    prober.scraped();
    const metrics = await registry.getMetricsAsJSON();
    return new Scrape(contentTypes[format], exposition(metrics, format));
  }

  #defaultTarget(): string {
    return this.#options.settings().targets[0]?.name ?? this.#options.discoveredTarget;
  }

  #sources(): MetricSources {
    const { version, now, settings, queue, lockWait, schedules, sampler, prober, runner } = this.#options;
    return {
      version,
      benchmarks: this.#series,
      trends: this.#trends,
      energy: () => settings().energy,
      jobs: this.#jobs,
      queue,
      lockWait,
      schedules: scheduleList({ list: () => schedules.list(), version: settings, now }),
      scheduleRuns: this.#scheduleRuns,
      skips: this.#skips,
      targets: () => prober.current(),
      gpus: () => sampler.latest().gpus,
      gpuHealth: () => sampler.gpuHealth(),
      runner,
      runs: this.#runs,
      channels: () => settings().notifications.map(({ name }) => name),
      deliveries: this.#deliveries,
      answers: this.#answers,
      reload: () => this.#reload,
      machine: () => this.#machine,
      restoreErrors: () => this.#restoreErrors,
    };
  }
}
