/** What the agent and `typhon run` have in common: the jobs, their queue, and the work a job is. */
import type { BenchmarkResult } from './benchmark/result.js';
import { writeJson } from './chronicle/atomic-file.js';
import { newJobId } from './chronicle/run-id.js';
import { checkStorage, clearStaleFiles, type StoragePaths } from './chronicle/storage.js';
import type { Config } from './config/schema.js';
import { type HardwareProfile, readHardwareProfile } from './hardware/profile.js';
import { type BenchmarkWorkOptions, benchmarkWork, type Prepared } from './jobs/benchmark-work.js';
import { JobLogs } from './jobs/job-log.js';
import { JobQueue, type JobWork } from './jobs/job-queue.js';
import { JobStore } from './jobs/job-store.js';
import type { Logger } from './logger.js';
import { resolveTarget } from './servers/target.js';

export interface WorkbenchOptions {
  /** Asked at each use: a reload may change it. */
  readonly config: () => Config;
  readonly paths: StoragePaths;
  readonly environment: NodeJS.ProcessEnv;
  readonly version: string;
  readonly now: () => Date;
  readonly logger: Logger;
  /** Writes a finished result down and lets everybody know. */
  readonly settle: (result: BenchmarkResult) => Promise<BenchmarkResult>;
  readonly listener?: BenchmarkWorkOptions['listener'];
  readonly onRunner?: BenchmarkWorkOptions['onRunner'];
  readonly onPrepared?: ((prepared: Prepared, work: JobWork) => void) | undefined;
  readonly program?: string | undefined;
}

export interface Workbench {
  readonly store: JobStore;
  readonly logs: JobLogs;
  readonly queue: JobQueue;
  /** Reads the hardware and writes the profile down. */
  readonly scan: () => Promise<HardwareProfile>;
}

// Beyond the grace, after which the runner is killed: what is left is its exit and one file.
const STOP_MARGIN_MS = 1000;

/** Prepares the storage path and the jobs. Throws `StorageError` where nothing could be recorded. */
export async function openWorkbench(options: WorkbenchOptions): Promise<Workbench> {
  const { config, paths, environment, now, logger } = options;
  await checkStorage(paths);
  await clearStaleFiles(paths);
  const scan = async () => {
    const machine = { platform: process.platform, root: '/', env: environment };
    const profile = await readHardwareProfile({ now, machine, machineIdFile: paths.machineId });
    await writeJson(paths.hardwareProfile, profile);
    return profile;
  };
  const prepare = async (work: JobWork): Promise<Prepared> => {
    const { target, model } = work.job;
    const asked = { configured: config().targets, target: target ?? undefined, model: model ?? undefined };
    const [profile, resolution] = await Promise.all([scan(), resolveTarget(asked, { signal: work.signal })]);
    const prepared = { profile, target: resolution.target };
    options.onPrepared?.(prepared, work);
    return prepared;
  };
  const store = new JobStore(paths);
  const logs = new JobLogs(paths, now);
  const queue = new JobQueue({
    store,
    logs,
    logger,
    now,
    newJobId,
    maxQueued: () => config().jobs.maxQueued,
    stopTimeoutMs: () => config().jobs.cancelGraceMs + STOP_MARGIN_MS,
    work: benchmarkWork({
      prepare,
      settle: options.settle,
      benchmark: () => config().benchmark,
      cancelGraceMs: () => config().jobs.cancelGraceMs,
      agentVersion: options.version,
      now,
      logger,
      listener: options.listener,
      onRunner: options.onRunner,
      program: options.program,
    }),
  });
  return { store, logs, queue, scan };
}
