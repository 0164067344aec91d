/** What the agent and `typhon run` have in common: the jobs, their queue, and the work a job is. */
import { monotonicMs } from '../benchmark/clock.js';
import { promptsWith } from '../benchmark/prompts.js';
import type { BenchmarkResult } from '../benchmark/result.js';
import { workloadVersion } from '../benchmark/workload-version.js';
import { writeJson } from '../chronicle/atomic-file.js';
import { newJobId } from '../chronicle/run-id.js';
import { checkStorage, clearStaleFiles, type StoragePaths } from '../chronicle/storage.js';
import type { Config } from '../config/schema.js';
import type { HardwareMachine } from '../hardware/gpu-source.js';
import type { Sampler } from '../hardware/sampler.js';
import { type BenchmarkWorkOptions, benchmarkWork, type Prepared } from '../jobs/benchmark-work.js';
import { Checkpoints, changeOf, subjectOf } from '../jobs/checkpoint.js';
import { type EndedJob, isBrokenOff, type Job, type PausedJob } from '../jobs/job.js';
import { JobLogs } from '../jobs/job-log.js';
import { JobSkip } from '../jobs/job-skip.js';
import { JobStore } from '../jobs/job-store.js';
import type { JobWork } from '../jobs/job-work.js';
import { LockWait } from '../jobs/lock-wait.js';
import { machineLockFile, serviceLockFile, takeMachineLock, thisMachine } from '../jobs/machine-lock.js';
import { JobQueue, type JobQueueOptions } from '../jobs/queue/job-queue.js';
import type { WayGivingOptions } from '../jobs/queue/way-giving.js';
import { expectedCanary, withJudgedCanary } from '../judging/canary-judging.js';
import type { Logger } from '../logger.js';
import { openLocalSight } from '../runner/local-sight.js';
import { type MachineScan, profileForRun, scanMachine } from '../runner/machine-scan.js';
import { onceLoaded } from '../servers/loading-wait.js';
import { checkTarget, targetNamed } from '../servers/target.js';
import { systemClock } from '../shared/clock.js';
import { BusyGate } from './busy-gate.js';
import { troubleOf, watchOf } from './hardware-watch.js';
import { LoadGate } from './load-gate.js';
import { LoadJournal } from './load-journal.js';
import { ModelSteward } from './model-steward.js';
import { type FindModels, type FindTarget, targetFinder } from './target-finder.js';
import { usualDuration } from './usual-duration.js';

export interface EngineOptions {
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
  /** Sees the error itself where a job's target cannot be used; the job keeps its message alone. */
  readonly onUnprepared?: ((error: unknown, work: JobWork) => void) | undefined;
  readonly onEnded?: JobQueueOptions['onEnded'];
  /** Of the schedules; without it no job waits for them. */
  readonly upcoming?: WayGivingOptions['upcoming'] | undefined;
  /** The runner's program. */
  readonly program: string;
}

export interface Engine {
  readonly store: JobStore;
  readonly logs: JobLogs;
  readonly checkpoints: Checkpoints;
  readonly queue: JobQueue;
  readonly sampler: Sampler;
  readonly gate: BusyGate;
  /** Keeps what is in the servers' memory. */
  readonly steward: ModelSteward;
  /** What the running job waits for. */
  readonly lockWait: Pick<LockWait, 'current'>;
  readonly scan: (signal: AbortSignal) => Promise<MachineScan>;
  readonly findTarget: FindTarget;
  readonly glanceAtTarget: FindTarget;
  readonly findModels: FindModels;
}

// A server that does not tell by then is met when the job's turn comes.
const RESUME_LOOK_MS = 5000;

// Beyond the grace, after which the runner is killed: what is left is its exit and one file.
const STOP_MARGIN_MS = 1000;

/** Prepares the storage path and the jobs. Throws `StorageError` where nothing could be recorded. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const { config, paths, now, logger, upcoming } = options;
  await checkStorage(paths);
  await clearStaleFiles(paths);
  const machine = machineOf(options);
  const sight = openLocalSight(config().gpu, machine, now);
  const { sampler } = sight;
  const gate = new BusyGate({ config, sight, clock: machine.clock, logger });
  const { findTarget, glanceAtTarget, findModels } = targetFinder({ config, paths, machine });
  const lockWait = new LockWait(monotonicMs);
  const journal = new LoadJournal({ file: paths.modelLoads, pid: process.pid, logger });
  const steward = new ModelSteward({ config, journal, now, logger, isIdle: () => queue.running === undefined });
  const loads = new LoadGate({ config, steward, gate, now });
  const nextTarget = () => {
    const { next } = queue;
    // One that names no model means the one that was found there.
    if (next?.model == null || next.model === 'auto') return undefined;
    return targetNamed({ configured: config().targets, target: next.target ?? undefined });
  };
  const prepare = preparation(options, { machine, sampler, gate, loads, steward, findTarget, lockWait, nextTarget });
  const store = new JobStore(paths);
  const logs = new JobLogs(paths, now);
  const checkpoints = new Checkpoints(paths.checkpoints);
  const restoreUnused = () => {
    // Also where it was waiting, and what it would have gone on with is still in memory.
    if (queue.running === undefined && steward.isOpen) void steward.restore(nextTarget());
  };
  const resumeRefusal = async ({ job_id: id, requested, target, model }: PausedJob | EndedJob) => {
    const checkpoint = await checkpoints.read(id);
    // While something is measured nobody is asked; when its turn comes the job meets the server itself.
    if (checkpoint === undefined || queue.running !== undefined) return undefined;
    const { machine_id: machineId } = checkpoint.subject;
    try {
      const asked = askedFor({ target, model, requested });
      const found = await findTarget(asked, AbortSignal.timeout(RESUME_LOOK_MS));
      const workload = workloadVersion(promptsWith(config().benchmark.prompts));
      return changeOf(checkpoint.subject, subjectOf(found.target, machineId, workload));
    } catch (error) {
      logger.debug({ err: error, job_id: id }, 'could not tell whether the server is as it was');
      return undefined;
    }
  };
  const queue = new JobQueue({
    store,
    logs,
    logger,
    now,
    newJobId,
    maxQueued: () => config().jobs.maxQueued,
    stopTimeoutMs: () => config().jobs.cancelGraceMs + STOP_MARGIN_MS,
    onEnded: (job) => {
      options.onEnded?.(job);
      if (!isBrokenOff(job))
        checkpoints.remove(job.job_id).catch((error: unknown) => {
          logger.warn({ err: error, job_id: job.job_id }, 'what an ended job had finished is still there');
        });
      restoreUnused();
    },
    onPaused: restoreUnused,
    resumeRefusal,
    wayGiving: upcoming && { upcoming, usualMs: usualDuration({ config, store }), clock: machine.clock },
    work: benchmarkWork({
      prepare: (work) =>
        prepare(work).catch((error: unknown) => {
          if (!(error instanceof JobSkip)) options.onUnprepared?.(error, work);
          throw error;
        }),
      settle: async (result) => options.settle(await withJudgedCanary(result, paths, logger)),
      benchmark: () => config().benchmark,
      cancelGraceMs: () => config().jobs.cancelGraceMs,
      checkpoints,
      agentVersion: options.version,
      now,
      logger,
      listener: options.listener,
      onRunner: options.onRunner,
      program: options.program,
      environment: options.environment,
    }),
  });
  const scan = async (signal: AbortSignal) => {
    const asked = { targets: config().targets, machineIdFile: paths.machineId, machine, sight, now, signal };
    const { scan: seen } = await scanMachine(asked);
    await writeJson(paths.hardwareProfile, seen);
    return seen;
  };
  return {
    store,
    logs,
    checkpoints,
    queue,
    sampler,
    gate,
    steward,
    lockWait,
    scan,
    findTarget,
    glanceAtTarget,
    findModels,
  };
}

interface Means {
  readonly machine: HardwareMachine;
  readonly sampler: Sampler;
  readonly gate: BusyGate;
  readonly loads: LoadGate;
  readonly steward: ModelSteward;
  readonly findTarget: FindTarget;
  readonly lockWait: LockWait;
  /** Of the job that comes next, where one waits. */
  readonly nextTarget: () => string | undefined;
}

// A server that loads its model refuses at once.
const LOADING_INTERVAL_MS = 500;

// A benchmark waits no longer for a tool that hangs; what it did not tell is unknown.
const INVENTORY_TIMEOUT_MS = 5000;

/** What comes before a job's benchmark: the machine's lock, its hardware, the target. */
function preparation(
  { config, paths, environment, now, logger, onPrepared }: EngineOptions,
  { machine, sampler, gate, loads, steward, findTarget, lockWait: wait, nextTarget }: Means,
): (work: JobWork) => Promise<Prepared> {
  const readProfile = () =>
    profileForRun({
      now,
      machine,
      machineIdFile: paths.machineId,
      file: paths.hardwareProfile,
      gpuTimeoutMs: INVENTORY_TIMEOUT_MS,
      write: (scan) => writeJson(paths.hardwareProfile, scan),
    });
  const inTurn = async (work: JobWork): Promise<Prepared> => {
    const asked = askedFor(work.job);
    const { signal, log } = work;
    const loading = {
      forMs: config().benchmark.timeoutMs,
      everyMs: LOADING_INTERVAL_MS,
      signal,
      onWait: (words: string) => log.write(words),
    };
    const resolve = async (loaded = asked.model) =>
      (await onceLoaded(() => findTarget({ ...asked, model: loaded }, signal), loading)).target;
    const [profile, target] = await Promise.all([readProfile(), loads.targetOf(work, resolve)]);
    await gate.pass(work, target);
    const workload_version = workloadVersion(promptsWith(config().benchmark.prompts));
    const series = { machine_id: profile.machine_id, target: target.name, model: target.model, workload_version };
    const canary = await expectedCanary(series, paths, logger);
    const prepared = { profile, target, ...canary, ...(await watchOf(target, sampler)) };
    if (prepared.hardware !== undefined) for (const words of troubleOf(profile, sampler)) log.write(words);
    onPrepared?.(prepared, work);
    return prepared;
  };
  const places = thisMachine(environment);
  return async (work) => {
    // A name that is none is told at once, not after the wait.
    checkTarget({ configured: config().targets, target: askedFor(work.job).target });
    // Of an earlier job of ours: its models are on their way back.
    await steward.settled(work.signal);
    // First of all: what follows starts programs, and would disturb another process's benchmark.
    let hasWaited = false;
    const onWait = (words: string) => {
      hasWaited = true;
      work.log.write(words);
      logger.warn({ job_id: work.job.job_id }, words);
    };
    const endTurn = await takeMachineLock(work, {
      path: machineLockFile(places),
      servicePath: serviceLockFile(places),
      now,
      wait,
      timeoutMs: config().jobs.turnTimeoutMs,
      onWait,
    });
    if (hasWaited) gate.loadEnded();
    // Nobody waits for models to come back but who wants the machine next.
    const endOfTurn = async () => {
      const isOpen = steward.isOpen;
      const restored = steward.restore(nextTarget()).finally(endTurn);
      if (!isOpen) await restored;
    };
    try {
      const prepared = await inTurn(work);
      const release = async () => {
        gate.loadEnded();
        try {
          await prepared.release();
        } finally {
          await endOfTurn();
        }
      };
      return { ...prepared, release };
    } catch (error) {
      await endOfTurn();
      throw error;
    }
  };
}

/** One that has begun goes on with the model that it began with. */
function askedFor({ target, model, requested }: Pick<Job, 'target' | 'model' | 'requested'>) {
  return { target: (requested === undefined ? target : requested.target) ?? undefined, model: model ?? undefined };
}

function machineOf({ environment, logger }: EngineOptions): HardwareMachine {
  return {
    platform: process.platform,
    root: '/',
    env: environment,
    clock: systemClock(monotonicMs),
    note: (message) => logger.warn({ message }, 'hardware'),
  };
}
