/** The long-running agent: wires jobs, schedules, hardware and the web server, and ends them in order. */
import { type Announcements, openAnnouncements } from './announcements.js';
import type { AccessRules } from './api/access.js';
import { accessRulesOf } from './api/access-rules.js';
import type { ApiServices, ReloadOutcome } from './api/api-services.js';
import { captureDiagnostics } from './api/diagnostics-capture.js';
import { Followers } from './api/followers.js';
import { LiveSpeeds } from './api/live-speeds.js';
import { openPageFiles } from './api/page-files.js';
import { startWebServer, type WebServer } from './api/web-server.js';
import { monotonicMs } from './benchmark/clock.js';
import { type LockHolder, takeLock } from './chronicle/lock.js';
import { recordResult, TORN_LINE } from './chronicle/record.js';
import { readLastRun, readRun } from './chronicle/run-folder.js';
import { checkStorage, type StoragePaths, storagePaths } from './chronicle/storage.js';
import type { Config } from './config/schema.js';
import type { JobRequest } from './jobs/job.js';
import { endRecordedJob } from './jobs/left-behind.js';
import type { Logger } from './logger.js';
import { type Observations, openObservations } from './observations.js';
import { NodeDiagnostics } from './runner/diagnostics.js';
import { openTimetable, type Timetable } from './timetable.js';
import { openWorkbench, type Workbench } from './workbench.js';

export interface AgentOptions {
  readonly config: Config;
  /** Reads the configuration anew. Throws `ConfigError`. */
  readonly loadConfig: () => Promise<Config>;
  readonly environment: NodeJS.ProcessEnv;
  readonly hostName: string;
  readonly version: string;
  readonly now: () => Date;
  readonly random: () => number;
  readonly logger: Logger;
  /** The folder of the built web page. */
  readonly pageFolder: string;
  readonly program?: string | undefined;
}

export interface Agent {
  readonly url: string;
  readonly submit: (request: JobRequest) => Promise<string>;
  readonly reload: () => Promise<ReloadOutcome>;
  /** Cancels what runs, closes what is open; every file is whole when it resolves. Waiting jobs stay for the next start. */
  readonly close: (reason: string) => Promise<void>;
}

/** Another agent owns the storage path. */
export class StorageInUseError extends Error {
  override readonly name = 'StorageInUseError';
  readonly code = 'storage_in_use';

  constructor(path: string, { pid, purpose, since }: LockHolder) {
    super(`${path} belongs to ${purpose} (pid ${pid}, since ${since}). Choose another with --storage.path.`);
  }
}

const MAX_FOLLOWERS = 64;

/** Throws `StorageError`, `StorageInUseError`, `TokenFileError`, or the system's error where it cannot listen. */
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
  const { logger, now, version } = options;
  let config = options.config;
  // A reload may change the rules, but not where the agent listens.
  const { listenAddress } = config.web;
  const rulesOf = ({ web }: Config) => accessRulesOf({ ...web, listenAddress }, options.hostName);
  let rules = await rulesOf(config);
  // Opened below, once the jobs that it counts are restored; no job runs before that.
  let observations: Observations | undefined;
  const diagnostics = new NodeDiagnostics({
    version,
    now,
    monotonicMs,
    root: '/',
    nodeId: () => observations?.machineId(),
    servers: () => observations?.servers() ?? [],
  });
  const liveSpeeds = new LiveSpeeds();
  const announcements = openAnnouncements({ ...options, config: () => config, paths });
  open.announcements = announcements;
  const workbench = await openWorkbench({
    config: () => config,
    paths,
    environment: options.environment,
    version,
    now,
    logger,
    settle: async (result) => {
      const recorded = await recordResult(result, paths);
      if (recorded.tornLineBefore) logger.warn({ file: paths.chronicle, job_id: result.job_id }, TORN_LINE);
      await observations?.observe(recorded.result);
      return recorded.result;
    },
    listener: {
      onEvent: (event, atMs) => {
        diagnostics.onEvent(event, atMs);
        observations?.metrics.onEvent(event);
        const running = workbench.queue.running;
        if (running !== undefined) liveSpeeds.onEvent(running.job_id, event);
      },
    },
    onRunner: (...running) => {
      diagnostics.attach(...running);
      observations?.metrics.onRunner(...running);
    },
    onPrepared: ({ profile }) => observations?.metrics.observeMachine(profile),
    onEnded: announcements.jobEnded,
    program: options.program,
  });
  open.workbench = workbench;
  const { store, logs, queue } = workbench;
  await store.restore(logger);
  try {
    await endRecordedJob(store, await readLastRun(paths));
  } catch (error) {
    logger.warn({ err: error }, 'the last run cannot be told from an interrupted one');
  }
  const timetable = await openTimetable({
    config: () => config,
    paths,
    workbench,
    now,
    random: options.random,
    logger,
    onSkip: (...skip) => {
      observations?.metrics.onSkip(...skip);
      announcements.skipped(...skip);
    },
  });
  const { schedules } = timetable;
  open.timetable = timetable;
  const opened = await openObservations({
    config: () => config,
    paths,
    environment: options.environment,
    hostName: options.hostName,
    version,
    now,
    logger,
    workbench,
    schedules: () => schedules,
    diagnostics,
    announce: announcements.judged,
  });
  observations = opened;
  open.observations = opened;

  const reload = async (): Promise<ReloadOutcome> => {
    try {
      const next = await options.loadConfig();
      const nextRules = await rulesOf(next);
      for (const name of unchangeable(config, next)) logger.warn({ setting: name }, 'takes effect at the next start');
      [config, rules] = [next, nextRules];
      await Promise.all([timetable.reload(), announcements.reload()]);
      opened.metrics.observeReload(true);
      warnOfOpenDoor(config, rules, logger);
      logger.info('configuration reloaded');
      return { reloaded: true };
    } catch (error) {
      const reasons = error instanceof Error ? error.message : String(error);
      opened.metrics.observeReload(false);
      logger.error({ reasons }, 'the configuration was not reloaded: the old one stays');
      return { reloaded: false, reasons };
    }
  };

  const services: ApiServices = {
    version,
    hostName: options.hostName,
    now,
    startedAt: now(),
    logger,
    config: () => config,
    ready: () => true,
    store,
    logs,
    queue,
    schedules,
    followers: new Followers(MAX_FOLLOWERS),
    liveSpeeds,
    page: await openPageFiles(options.pageFolder),
    readResult: (runId) => readRun(runId, paths),
    scan: workbench.scan,
    reload,
    ...opened.services,
    diagnostics,
    captureDiagnostics: () => captureDiagnostics(diagnostics, paths),
  };
  // Before anything can be asked for: what ends from now on is told as it happens.
  await announcements.start(store, opened.caughtUp);
  const web = await startWebServer({ services, rules: () => rules, address: listenAddress });
  open.web = web;
  opened.judgeRest();
  await announcements.missed(await timetable.start());
  await queue.resume();
  warnOfOpenDoor(config, rules, logger);
  logger.info({ url: web.url, storage: paths.root, version }, 'typhon listens');
  return {
    url: web.url,
    reload,
    submit: async (request) => (await queue.submit(request, 'queue')).job_id,
    close: (reason) => {
      logger.info({ reason }, 'typhon stops');
      return closeParts(open, reason);
    },
  };
}

interface OpenParts {
  announcements?: Announcements;
  timetable?: Timetable;
  workbench?: Workbench;
  observations?: Observations;
  web?: WebServer;
  readonly unlock: () => Promise<void>;
}

/** In an order in which nothing new begins, and whoever follows a job still hears of its end. */
async function closeParts(parts: OpenParts, reason: string) {
  const { announcements, timetable, workbench, observations, web, unlock } = parts;
  await timetable?.close();
  await workbench?.queue.stop(reason);
  observations?.close();
  workbench?.sampler.close();
  await announcements?.close();
  await web?.close();
  await unlock();
}

function unchangeable(before: Config, after: Config): string[] {
  const changed: string[] = [];
  if (JSON.stringify(before.web.listenAddress) !== JSON.stringify(after.web.listenAddress))
    changed.push('web.listen_address');
  if (before.storage.path !== after.storage.path) changed.push('storage.path');
  if (JSON.stringify(before.gpu) !== JSON.stringify(after.gpu)) changed.push('gpu');
  if (JSON.stringify(before.log) !== JSON.stringify(after.log)) changed.push('log');
  return changed;
}

function warnOfOpenDoor({ web }: Config, { token, loopbackOnly }: AccessRules, logger: Logger): void {
  if (token !== undefined || loopbackOnly) return;
  logger.warn(
    { host: web.listenAddress.host ?? 'every interface' },
    'anybody who reaches this address can start and stop benchmarks: set web.auth.bearer_token_file',
  );
}
