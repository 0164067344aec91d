/** What the agent knows from its results: trends, metrics and reports, kept up to date with every new one. */

import { Registry } from 'prom-client';
import type { ApiServices } from '../api/api-services.js';
import { monotonicMs } from '../benchmark/clock.js';
import type { BenchmarkResult } from '../benchmark/result.js';
import { applyRetention } from '../chronicle/retention.js';
import { rotateChronicle } from '../chronicle/rotation.js';
import { writtenProfile } from '../hardware/inventory/profile-cache.js';
import { removeUnusedCheckpoints } from '../jobs/checkpoint-retention.js';
import { AgentTrendBook } from '../judging/agent-trend-book.js';
import { ModelRecords } from '../judging/model-records.js';
import { RunHeadlines } from '../judging/run-headlines.js';
import { evaluateResult, eventsOf, type RegressionEvent } from '../judging/trend-judging.js';
import { trendSettings } from '../judging/trend-records.js';
import type { Logger } from '../logger.js';
import { Metrics } from '../metrics/metrics.js';
import { TargetProber } from '../metrics/target-prober.js';
import type { NodeDiagnostics } from '../runner/diagnostics/diagnostics.js';
import { DISCOVERED_TARGET } from '../servers/discovered-target.js';
import type { ServerIdentity } from '../servers/server-family.js';
import { systemClock } from '../shared/clock.js';
import { DAY_MS } from '../shared/units.js';
import type { SignalVerdict, TrendBook } from '../trends/trend-book.js';
import { type Answers, type AnswersOptions, answers } from './answers.js';
import { restoredFiles } from './restored-files.js';
import { RunEnds } from './run-ends.js';
import { type TargetProbeOptions, targetProbe } from './target-probe.js';

export interface ResultsOptions extends AnswersOptions {
  readonly version: string;
  readonly logger: Logger;
  readonly diagnostics: NodeDiagnostics;
  readonly judgingProgram: string;
  /** Called before the trends are kept: what is kept has been told. Never rejects. */
  readonly announce: (events: readonly RegressionEvent[]) => Promise<void>;
}

export interface Results {
  readonly metrics: Metrics;
  readonly services: Answers & Pick<ApiServices, 'metrics' | 'onAnswer'>;
  /** A result has been recorded. Never rejects: a record that stands is not undone by what is made of it. */
  readonly observe: (result: BenchmarkResult) => Promise<void>;
  readonly jobEnded: RunEnds['jobEnded'];
  /** The servers of the targets that have answered once. */
  readonly servers: () => readonly ServerIdentity[];
  /** As the last result has it; `undefined` before the first. */
  readonly machineId: () => string | undefined;
  /** What changed in runs that were recorded but not judged before the last end. */
  readonly caughtUp: readonly RegressionEvent[];
  /** Once the agent listens: asks the targets for the first time, judges what of a long chronicle the start has left out. */
  readonly listening: () => void;
  readonly close: () => void;
}

// Some 400,000 rows: a file that editors and copies still take, and that is read as one with those before it.
const ROTATE_FROM_BYTES = 256 * 2 ** 20;

/** Restores everything from disk; resolves when `/metrics` may be scraped. Throws `StorageError`. */
export async function openResults(options: ResultsOptions): Promise<Results> {
  const { config, paths, now, logger } = options;
  const { trends } = config();
  const settings = trendSettings({ trends });
  const unheard: SignalVerdict[] = [];
  const trendBook = await AgentTrendBook.open({
    paths,
    trends,
    now,
    logger,
    onCaughtUp: (verdicts) => void unheard.push(...verdicts),
    onReplaced: () => metrics.observeTrends(latestTrends),
    program: options.judgingProgram,
  });
  const latestTrends = () => trendBook.book.trends(now());
  const caughtUp = await eventsOf(unheard, trendBook.book, paths);
  const reached = new Map<string | undefined, ServerIdentity>();
  const prober = openProber(options, (target, server) => reached.set(target, server));
  const runEnds = new RunEnds({ targets: () => config().targets, prober });
  const models = new ModelRecords(paths);
  const headlines = new RunHeadlines(paths);
  let machineId: string | undefined;
  const metrics = openMetrics(options, prober);
  const files = restoredFiles(paths, ({ machine_id }) => {
    machineId = machine_id;
  });
  await metrics.restore(files);
  const machine = await writtenProfile(paths.hardwareProfile);
  if (machine !== undefined) metrics.observeMachine(machine);
  metrics.observeTrends(latestTrends);
  const daily = async () => {
    metrics.observeTrends(latestTrends);
    await retain(options);
  };
  const timer = setInterval(() => void daily(), DAY_MS);
  timer.unref();
  void retain(options);
  return {
    metrics,
    observe: async (result) => {
      machineId = result.machine_id;
      runEnds.recorded(result);
      metrics.observeResult(result);
      try {
        await evaluate(await trendBook.whole(), result, options);
      } catch (error) {
        logger.error({ err: error, run_id: result.run_id }, 'the trends of a result could not be kept');
      }
      metrics.observeTrends(latestTrends);
      await headlines.of([result.run_id]).catch(() => undefined);
      await models
        .keep()
        .catch((error: unknown) => logger.warn({ err: error }, 'the list of models could not be kept'));
    },
    jobEnded: (job) => runEnds.jobEnded(job),
    services: {
      metrics,
      onAnswer: metrics.onAnswer,
      ...answers(options, { judged: trendBook, models, headlines, prober, settings }),
    },
    servers: () => {
      const names = config().targets.map(({ name }) => name);
      return (names.length === 0 ? [undefined] : names).flatMap((name) => reached.get(name) ?? []);
    },
    machineId: () => machineId,
    caughtUp,
    listening: () => {
      void prober.start();
      trendBook.complete();
    },
    close: () => {
      trendBook.close();
      clearInterval(timer);
      prober.close();
      metrics.close();
    },
  };
}

async function evaluate(
  book: TrendBook,
  result: BenchmarkResult,
  { paths, now, logger, announce }: ResultsOptions,
): Promise<void> {
  const events = await evaluateResult(book, result, { paths, now: now(), announce, answersReports: true });
  for (const { kind, series, signal, regression } of events) {
    const { target, model, test_id } = series;
    const { since, change_ratio, culprit } = regression;
    const changes = (regression.changes ?? []).map(({ words }) => words);
    logger.warn({ target, model, test_id, signal, since, change_ratio, changes, culprit }, `regression ${kind}`);
  }
}

function openProber(
  { config, logger, engine }: ResultsOptions,
  onReached: TargetProbeOptions['onReached'],
): TargetProber {
  return new TargetProber({
    targets: () => config().targets,
    discoveredName: DISCOVERED_TARGET,
    probe: targetProbe({ findTarget: engine.glanceAtTarget, gate: engine.gate, onReached }),
    isMeasuring: () => engine.queue.running !== undefined,
    clock: systemClock(monotonicMs),
    logger,
  });
}

function openMetrics(options: ResultsOptions, prober: TargetProber): Metrics {
  const { config, version, now, logger, engine, schedules, diagnostics } = options;
  return new Metrics({
    registry: new Registry(),
    version,
    now,
    logger,
    settings: config,
    store: engine.store,
    queue: engine.queue,
    lockWait: engine.lockWait,
    schedules: { list: () => schedules().list() },
    sampler: engine.sampler,
    prober,
    runner: () => diagnostics.current,
    discoveredTarget: DISCOVERED_TARGET,
  });
}

/** Takes away what the configuration keeps no longer; not while a result may be written. */
async function retain({ config, paths, now, logger, engine }: ResultsOptions): Promise<void> {
  if (engine.queue.running !== undefined) return;
  const { runsMs, keepAtLeast } = config().retention;
  try {
    const rules = { runsMs, keepAtLeast };
    await rotateChronicle(paths, { fromBytes: ROTATE_FROM_BYTES });
    await removeUnusedCheckpoints({ checkpoints: engine.checkpoints, store: engine.store, now: now() });
    const { runIds, jobIds } = await applyRetention({ paths, jobs: engine.store, rules, now: now() });
    if (runIds.length + jobIds.length > 0)
      logger.info({ runs: runIds.length, jobs: jobIds.length }, 'old runs removed');
  } catch (error) {
    logger.error({ err: error }, 'old runs could not be removed');
  }
}
