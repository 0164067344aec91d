/** What the verdict is made of, from where the agent and the commands keep it. */
import { existsSync } from 'node:fs';
import type { BenchmarkResult } from '../benchmark/result.js';
import { SERVER_DOWN } from '../benchmark/skip-reason.js';
import { readRun } from '../chronicle/run-folder.js';
import type { StoragePaths } from '../chronicle/storage.js';
import { StorageError } from '../chronicle/storage-error.js';
import type { Config } from '../config/schema.js';
import { type Job, scheduleOf } from '../jobs/job.js';
import { JobStore } from '../jobs/job-store.js';
import type { ScheduleState, Skip } from '../jobs/schedule.js';
import { openTrendBook } from '../judging/trend-records.js';
import type { Logger } from '../logger.js';
import { type StaleSettings, staleAtMs } from '../metrics/series/stale.js';
import type { TargetState } from '../metrics/target-prober.js';
import { DISCOVERED_TARGET } from '../servers/discovered-target.js';
import { testName } from '../shared/test-name.js';
import type { Trend } from '../trends/trend.js';
import type { TrendBookSettings } from '../trends/trend-book.js';
import { type MachineVerdict, modelFacts, verdictOfAll } from '../trends/verdict/machine-verdict.js';
import type { Attempt, ModelFacts, SeenTarget } from '../trends/verdict/verdict-facts.js';
import { pausedSchedules } from './paused-schedules.js';

export interface VerdictSources {
  /** Asked at each use: a reload may change it. */
  readonly config: () => StaleSettings & { readonly targets: readonly { readonly name: string }[] };
  readonly store: Pick<JobStore, 'page'>;
  readonly readResult: (runId: string) => Promise<BenchmarkResult>;
  readonly trends: () => readonly Trend[];
  /** As they were last asked; none where nobody asks. */
  readonly targets: () => readonly TargetState[];
  readonly schedules: () => readonly Pick<ScheduleState, 'schedule' | 'paused' | 'lastSkip'>[];
  readonly now: () => Date;
  /** Of the clock by which the targets are asked. */
  readonly nowMs: () => number;
}

/** Years of one target, and weeks of many. */
const JOBS = 2000;
const KEPT_RESULTS = 500;

/** Resolves with the verdict of the moment. */
export function verdicts(sources: VerdictSources): () => Promise<MachineVerdict> {
  const ask = knownModels(sources);
  return async () => verdictOfAll(await ask());
}

/** Resolves with what is known of every model of every target at the moment; reads a run's result once. */
export function knownModels(sources: VerdictSources): () => Promise<ModelFacts[]> {
  const outcomes = new Map<string, Attempt['outcome']>();
  const outcomeOf = async (runId: string): Promise<Attempt['outcome']> => {
    const known = outcomes.get(runId) ?? (await doneOutcome(runId, sources));
    outcomes.set(runId, known);
    const [oldest] = outcomes.keys();
    if (oldest !== undefined && outcomes.size > KEPT_RESULTS) outcomes.delete(oldest);
    return known;
  };
  return async () => {
    const { config, store, now } = sources;
    const trends = sources.trends();
    const jobs = store.page({ limit: JOBS });
    return modelFacts({
      now: now(),
      targets: seenTargets(sources, trends).map((target) => ({ ...target, underWay: underWayOn(target, jobs) })),
      trends,
      attempts: await attemptsOf(jobs, outcomeOf),
      staleAtMs: (target, atMs) => staleAtMs(target, atMs, config()),
    });
  };
}

/** Retention may have taken the result away: then nothing is known of single tests. */
async function doneOutcome(runId: string, { readResult }: VerdictSources): Promise<Attempt['outcome']> {
  try {
    const { benchmarks, skipped } = await readResult(runId);
    const failed = benchmarks.flatMap(({ name, error }) => (error === null ? [] : [{ name, error }]));
    // A server that went away has failed the tests that were to come as well. Those left out on purpose it has not.
    const unreached = skipped.filter(({ reason }) => reason === SERVER_DOWN);
    const findings = benchmarks.flatMap(({ findings: found }) => found);
    return {
      status: 'done',
      tests: benchmarks.length + unreached.length,
      failed: [...failed, ...unreached.map(({ test_id, reason }) => ({ name: testName(test_id), error: reason }))],
      outputChanged: findings.some(({ code }) => code === 'output_changed'),
      partlyOnCpu: findings.find(({ code }) => code === 'partly_on_cpu')?.message,
    };
  } catch (error) {
    if (error instanceof StorageError) return { status: 'done', tests: 0, failed: [] };
    throw error;
  }
}

async function attemptsOf(
  jobs: readonly Job[],
  outcomeOf: (runId: string) => Promise<Attempt['outcome']>,
): Promise<readonly Attempt[]> {
  const attempts: Attempt[] = [];
  const seen = new Set<string>();
  for (const job of jobs) {
    const { target, model } = job;
    // Those before the newest run of a model that brought a result say nothing of today.
    const key = JSON.stringify([target, model]);
    if (target === null || seen.has(key)) continue;
    if (job.status === 'done') {
      seen.add(key);
      attempts.push({ target, model, at: job.finished_at, outcome: await outcomeOf(job.run_id) });
    }
    if (job.status === 'error' && tellsOfTarget(job)) {
      const { error, error_detail: detail } = job;
      attempts.push({ target, model, at: job.finished_at, outcome: { status: 'error', error, detail } });
    }
  }
  return attempts;
}

/** One asked for by hand that never began says something of the asking: a model that is not loaded, a name that is none. */
function tellsOfTarget(job: Job): boolean {
  return scheduleOf(job) !== undefined || job.progress.total !== null;
}

function underWayOn({ name }: SeenTarget, jobs: readonly Job[]): SeenTarget['underWay'] {
  return jobs.find(({ status, target }) => status === 'running' && target === name);
}

function seenTargets(sources: VerdictSources, trends: readonly Trend[]): readonly SeenTarget[] {
  const { targets } = sources.config();
  const names = targets.map(({ name }) => name);
  if (names.length > 0) return names.map((name) => seenTarget(name, true, sources));
  // Without a configuration whatever was measured is this machine's; what was discovered goes by one name.
  const measured = trends.map(({ series }) => series.target).filter((name) => name !== DISCOVERED_TARGET);
  const asked = [...new Set(measured)].map((name) => seenTarget(name, false, sources));
  const discovered = seenTarget(DISCOVERED_TARGET, false, sources);
  // Who measures other machines only misses no server on this one.
  const isMissed = asked.length === 0 || trends.some(({ series }) => series.target === DISCOVERED_TARGET);
  return isMissed || discovered.reach === 'up' ? [discovered, ...asked] : asked;
}

function seenTarget(name: string, isConfigured: boolean, sources: VerdictSources): SeenTarget {
  const state = sources.targets().find((target) => target.name === name);
  const own = sources.schedules().filter(({ schedule: { targets } }) => targets === 'all' || targets.includes(name));
  const isPaused = own.length > 0 && own.every(({ paused }) => paused);
  const active = own.length === 0 ? 'none' : 'active';
  return {
    name,
    isConfigured,
    ...reachOf(state, sources),
    schedule: isPaused ? 'paused' : active,
    lastSkip: lastSkipOf(
      name,
      own.flatMap(({ lastSkip }) => lastSkip ?? []),
    ),
  };
}

function reachOf(
  state: TargetState | undefined,
  { now, nowMs }: VerdictSources,
): Pick<SeenTarget, 'reach' | 'detail' | 'downSince' | 'model'> {
  switch (state?.state) {
    case undefined:
      return { reach: 'unknown' };
    case 'up':
      return { reach: 'up', model: state.server.model };
    case 'no_model':
      return { reach: 'no_model', detail: state.detail };
    case 'down': {
      const { detail, sinceMs } = state;
      const downSince = sinceMs === undefined ? undefined : new Date(now().getTime() - (nowMs() - sinceMs));
      return { reach: 'down', detail, downSince };
    }
  }
}

function lastSkipOf(name: string, skips: readonly Skip[]): string | undefined {
  return skips
    .filter(({ target }) => target === undefined || target === name)
    .toSorted((a, b) => b.at.getTime() - a.at.getTime())[0]?.detail;
}

export interface RecordedVerdictOptions {
  readonly config: Pick<Config, 'targets' | 'schedules' | 'metrics'>;
  readonly settings: TrendBookSettings;
  readonly now: () => Date;
  readonly logger: Pick<Logger, 'warn'>;
  /** Where somebody has them already; else they are judged from the chronicle's tail. */
  readonly trends?: readonly Trend[] | undefined;
}

/** From what is on disk alone, without asking any server. Throws `StorageError`. */
export async function recordedVerdict(
  paths: StoragePaths,
  { config, settings, now, logger, trends: known }: RecordedVerdictOptions,
): Promise<MachineVerdict> {
  const store = new JobStore(paths);
  if (existsSync(paths.jobs)) await store.restore(logger, now());
  const trends = known ?? (await openTrendBook(paths, { settings, now: now(), forReading: true })).trends(now());
  const paused = await pausedSchedules(paths, logger);
  const schedules = config.schedules.map((schedule) => ({
    schedule,
    paused: paused.includes(schedule.name),
    lastSkip: undefined,
  }));
  const ask = verdicts({
    config: () => config,
    store,
    readResult: (runId) => readRun(runId, paths),
    trends: () => trends,
    targets: () => [],
    schedules: () => schedules,
    now,
    nowMs: () => 0,
  });
  return ask();
}
