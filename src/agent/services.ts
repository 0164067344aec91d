/** What the API is served with. */
import type { ApiServices, ReloadOutcome } from '../api/api-services.js';
import { captureDiagnostics } from '../api/diagnostics-capture.js';
import { Followers } from '../api/followers.js';
import type { LiveSpeeds } from '../api/live-speeds.js';
import type { McpEndpoint } from '../api/mcp-endpoint.js';
import { openPageFiles, type ReadPageFile } from '../api/page-files.js';
import { targetsOf } from '../api/routes/status.js';
import { monotonicMs } from '../benchmark/clock.js';
import { readRun } from '../chronicle/run-folder.js';
import { type StoragePaths, storageProblem } from '../chronicle/storage.js';
import type { LoadedConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import type { Logger } from '../logger.js';
import type { NodeDiagnostics } from '../runner/diagnostics/diagnostics.js';
import type { Engine } from './engine.js';
import { installationId } from './installation-id.js';
import type { Results } from './results.js';
import type { Scheduler } from './scheduler.js';

const MAX_FOLLOWERS = 64;

/** Where a configuration that was read came from. */
export type ConfigOrigin = Pick<LoadedConfig, 'file' | 'sourceOf'>;

export interface ServicesOptions {
  readonly version: string;
  readonly hostName: string;
  readonly now: () => Date;
  readonly logger: Logger;
  /** The one in force. */
  readonly config: () => Config;
  /** `undefined` where nobody knows. */
  readonly sources?: (config: Config) => ConfigOrigin | undefined;
  readonly paths: StoragePaths;
  readonly readPageFile: ReadPageFile;
}

export interface Served {
  readonly engine: Engine;
  readonly scheduler: Scheduler;
  readonly results: Results;
  readonly diagnostics: NodeDiagnostics;
  readonly liveSpeeds: LiveSpeeds;
  readonly reload: () => Promise<ReloadOutcome>;
}

/** The page is read once; an agent that nobody speaks the protocol with does not load it. */
export async function openServices(
  { version, hostName, now, logger, config, sources, paths, readPageFile }: ServicesOptions,
  { engine, scheduler, results, diagnostics, liveSpeeds, reload }: Served,
): Promise<ApiServices> {
  let mcp: Promise<McpEndpoint> | undefined;
  const services: ApiServices = {
    version,
    hostName,
    installationId: await installationId(paths.installationId),
    now,
    startedAt: now(),
    logger,
    config,
    configOrigin: () => sources?.(config()),
    // Nobody is served before it is.
    ready: () => true,
    storageProblem: () => storageProblem(paths),
    store: engine.store,
    logs: engine.logs,
    queue: engine.queue,
    lockWait: engine.lockWait,
    findModels: engine.findModels,
    schedules: scheduler.schedules,
    followers: new Followers(MAX_FOLLOWERS),
    liveSpeeds,
    page: await openPageFiles(readPageFile),
    readResult: (runId) => readRun(runId, paths),
    scan: engine.scan,
    reload,
    ...results.services,
    diagnostics,
    captureDiagnostics: () => captureDiagnostics(diagnostics, paths),
    mcp: async (request) => {
      mcp ??= openMcp(services);
      return (await mcp)(request);
    },
  };
  return services;
}

/** Loaded when the first client comes: most agents have none. */
async function openMcp(services: ApiServices): Promise<McpEndpoint> {
  const { httpSessions } = await import('../mcp/http-sessions.js');
  const targets = async () => {
    const configured = services.config().targets.map(({ name }) => name);
    return targetsOf(configured, services.look());
  };
  return httpSessions({ services: { ...services, trigger: 'api', targets }, nowMs: monotonicMs });
}
