/** The long-running agent: wires jobs, schedules, hardware and the web server, and ends them in order. */

import type { ReloadOutcome } from '../api/api-services.js';
import { startWebServer, type WebServer } from '../api/listener/web-server.js';
import { LiveSpeeds } from '../api/live-speeds.js';
import type { ReadPageFile } from '../api/page-files.js';
import { monotonicMs } from '../benchmark/clock.js';
import type { BenchmarkResult } from '../benchmark/result.js';
import { type LockHolder, takeLock } from '../chronicle/lock.js';
import { recordResult, TORN_LINE } from '../chronicle/record.js';
import { readRun } from '../chronicle/run-folder.js';
import { checkStorage, type StoragePaths, storagePaths } from '../chronicle/storage.js';
import type { Config } from '../config/schema.js';
import { recoverRecordedJobs } from '../jobs/crash-recovery.js';
import type { EndedJob, JobRequest } from '../jobs/job.js';
import type { Logger } from '../logger.js';
import { NodeDiagnostics } from '../runner/diagnostics/diagnostics.js';
import { requestErrorOf } from '../servers/server-error.js';
import { ExpectedError } from '../shared/expected-error.js';
import { type Engine, type EngineOptions, openEngine } from './engine.js';
import { LiveConfig } from './live-config.js';
import { type Notifying, openNotifying } from './notifying.js';
import { openResults, type Results } from './results.js';
import { openScheduler, type Scheduler, tellSchedules } from './scheduler.js';
import { type ConfigOrigin, openServices } from './services.js';

export interface AgentOptions {
  readonly config: Config;
  /** Reads the configuration anew. Throws `ConfigError`. */
  readonly loadConfig: () => Promise<Config>;
  /** Where a configuration that was read came from; `undefined` where nobody knows. */
  readonly sources?: (config: Config) => ConfigOrigin | undefined;
  readonly environment: NodeJS.ProcessEnv;
  readonly hostName: string;
  readonly version: string;
  readonly now: () => Date;
  readonly random: () => number;
  readonly logger: Logger;
  readonly readPageFile: ReadPageFile;
  /** The runner's program. */
  readonly program: string;
  /** The program that judges a long chronicle. */
  readonly judgingProgram: string;
}

export interface Agent {
  readonly url: string;
  readonly submit: (request: JobRequest) => Promise<string>;
  /** Resolves when a job that was submitted has ended. Rejects with `StorageError` where its result cannot be read. */
  readonly outcomeOf: (
    jobId: string,
  ) => Promise<{ readonly job: EndedJob; readonly result: BenchmarkResult | undefined }>;
  readonly reload: () => Promise<ReloadOutcome>;
  /** Breaks off what runs, closes what is open; every file is whole when it resolves. Waiting jobs stay for the next start. */
  readonly close: (reason: string) => Promise<void>;
}

/** Another agent owns the storage path. */
export class StorageInUseError extends ExpectedError {
  override readonly name = 'StorageInUseError';
  readonly code = 'storage_in_use';

  constructor(path: string, { pid, purpose, since }: LockHolder) {
    super(`${path} belongs to ${purpose} (pid ${pid}, since ${since}). Choose another with --storage.path.`);
  }
}

// Of the 90 s that systemd gives a service to stop.
const RESTORE_GRACE_MS = 60_000;

/** Throws `StorageError`, `StorageInUseError`, `TokenFileError`, `ConfigError`, or the system's error where it cannot listen. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const paths = storagePaths(options.config.storage.path);
  await checkStorage(paths);
  const lock = await takeLock({ path: paths.agentLock, purpose: "typhon's agent", now: options.now });
  if (lock.held) throw new StorageInUseError(paths.root, lock.by);
  const open: OpenParts = { unlock: lock.release };
  try {
    return await openAgent(options, paths, open);
  } catch (error) {
    // A half-started agent would go on answering.
    await closeParts(open, 'the start failed');
    throw error;
  }
}

async function openAgent(options: AgentOptions, paths: StoragePaths, open: OpenParts): Promise<Agent> {
  const { logger } = options;
  tellSchedules(options.config, logger);
  const live = await LiveConfig.open(options);
  const shared: Shared = { ...options, config: () => live.current, paths };
  const diagnostics = openDiagnostics(shared, open);
  const liveSpeeds = new LiveSpeeds();
  const notifying = openNotifying({
    ...shared,
    onOutcome: (...delivery) => open.results?.metrics.onDelivery(...delivery),
  });
  open.notifying = notifying;
  const engine = await openEngine({
    ...shared,
    ...jobHooks(shared, open, { diagnostics, liveSpeeds, notifying }),
    upcoming: () => open.scheduler?.schedules.upcoming() ?? [],
  });
  open.engine = engine;
  const { store, queue } = engine;
  await store.restore(logger, options.now());
  await recoverRecordedJobs({ ...shared, store });
  await engine.steward.recover();
  const scheduler = await openScheduler({
    ...shared,
    engine,
    onSkip: (...skip) => {
      open.results?.metrics.onSkip(...skip);
      notifying.skipped(...skip);
    },
  });
  open.scheduler = scheduler;
  const results = await openResults({
    ...shared,
    engine,
    schedules: () => scheduler.schedules,
    diagnostics,
    announce: notifying.regressions,
  });
  open.results = results;
  const reload = () => reloadAll(live, { scheduler, notifying, results }, logger);
  const parts = { engine, scheduler, results, diagnostics, liveSpeeds, reload };
  const services = await openServices(shared, parts);
  // Before anything can be asked for: the last life is settled, and what ends from now on is told as it happens.
  await notifying.start(store, results.caughtUp);
  await queue.recover();
  await notifying.missed(await scheduler.start());
  const address = options.config.web.listenAddress;
  const web = await startWebServer({ services, rules: () => live.rules, web: () => live.web, address });
  open.web = web;
  // Not before: an agent that cannot listen puts no load on the machine or its servers.
  results.listening();
  queue.start();
  live.warnOfOpenDoor();
  logger.info({ url: web.url, storage: paths.root, version: options.version }, 'typhon listens');
  return {
    url: web.url,
    reload,
    submit: async (request) => (await queue.submit(request, 'queue')).job_id,
    outcomeOf: async (jobId) => {
      const job = await store.ended(jobId);
      return { job, result: job.status === 'done' ? await readRun(job.run_id, paths) : undefined };
    },
    close: (reason) => {
      logger.info({ reason }, 'typhon stops');
      return closeParts(open, reason);
    },
  };
}

/** What every part is opened with: of the configuration the one in force. */
interface Shared extends Omit<AgentOptions, 'config'> {
  readonly config: () => Config;
  readonly paths: StoragePaths;
}

function openDiagnostics({ version, now }: Shared, open: OpenParts): NodeDiagnostics {
  return new NodeDiagnostics({
    version,
    now,
    monotonicMs,
    root: '/',
    nodeId: () => open.results?.machineId(),
    servers: () => open.results?.servers() ?? [],
  });
}

interface JobFollowers {
  readonly diagnostics: NodeDiagnostics;
  readonly liveSpeeds: LiveSpeeds;
  readonly notifying: Notifying;
}

function jobHooks(
  { paths, logger }: Shared,
  open: OpenParts,
  { diagnostics, liveSpeeds, notifying }: JobFollowers,
): Pick<EngineOptions, 'settle' | 'listener' | 'onRunner' | 'onPrepared' | 'onUnprepared' | 'onEnded'> {
  return {
    settle: async (result) => {
      const recorded = await recordResult(result, paths);
      if (recorded.tornLineBefore) logger.warn({ file: paths.chronicle, job_id: result.job_id }, TORN_LINE);
      await notifying.recorded(recorded.result);
      await open.results?.observe(recorded.result);
      return recorded.result;
    },
    listener: {
      onEvent: (event, atMs) => {
        diagnostics.onEvent(event, atMs);
        open.results?.metrics.onEvent(event);
        const running = open.engine?.queue.running;
        if (running !== undefined) liveSpeeds.onEvent(running.job_id, event);
      },
    },
    onRunner: (...running) => {
      diagnostics.attach(...running);
      open.results?.metrics.onRunner(...running);
    },
    onPrepared: ({ profile }) => open.results?.metrics.observeMachine(profile),
    onUnprepared: (error, { job, signal }) => {
      const failure = signal.aborted ? undefined : requestErrorOf(error);
      if (failure !== undefined) open.results?.metrics.onUnprepared(job, failure);
    },
    onEnded: (job) => {
      notifying.jobEnded(job);
      open.results?.jobEnded(job);
    },
  };
}

type Reloaded = Required<Pick<OpenParts, 'scheduler' | 'notifying' | 'results'>>;

async function reloadAll(
  live: LiveConfig,
  { scheduler, notifying, results: { metrics } }: Reloaded,
  logger: Logger,
): Promise<ReloadOutcome> {
  try {
    await live.reload();
    await Promise.all([scheduler.reload(), notifying.reload()]);
    metrics.observeReload(true);
    tellSchedules(live.current, logger);
    live.warnOfOpenDoor();
    logger.info('configuration reloaded');
    return { reloaded: true };
  } catch (error) {
    const reasons = error instanceof Error ? error.message : String(error);
    metrics.observeReload(false);
    logger.error({ reasons }, 'the configuration was not reloaded: the old one stays');
    return { reloaded: false, reasons };
  }
}

/** Those that are open by now. The results are it once the jobs that they count are restored; no job runs before. */
interface OpenParts {
  notifying?: Notifying;
  scheduler?: Scheduler;
  engine?: Engine;
  results?: Results;
  web?: WebServer;
  readonly unlock: () => Promise<void>;
}

/** In an order in which nothing new begins, and whoever follows a job still hears of its end. */
async function closeParts(parts: OpenParts, reason: string) {
  const { notifying, scheduler, engine, results, web, unlock } = parts;
  await scheduler?.close();
  await engine?.queue.stop(reason);
  results?.close();
  await engine?.steward.close(RESTORE_GRACE_MS);
  engine?.sampler.close();
  await notifying?.close();
  await web?.close();
  await unlock();
}
