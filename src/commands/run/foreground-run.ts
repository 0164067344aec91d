/** One benchmark in the foreground: the agent's job, queue and record, with somebody watching. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Engine, openEngine } from '../../agent/engine.js';
import type { BenchmarkMode } from '../../benchmark/plan.js';
import type { BenchmarkResult } from '../../benchmark/result.js';
import { type Recorded, recordResult, TORN_LINE } from '../../chronicle/record.js';
import { storagePaths } from '../../chronicle/storage.js';
import type { Config } from '../../config/schema.js';
import { type EndedJob, isActive, type Job } from '../../jobs/job.js';
import type { Logger } from '../../logger.js';
import { refuseSecretIn } from '../../servers/api-base.js';
import { ServerError } from '../../servers/server-error.js';
import { type CommandContext, CommandFailure } from '../command.js';
import type { RunProgress } from '../output/run-progress.js';
import { evaluateRun } from './evaluated-run.js';

export interface ForegroundRun {
  readonly config: Config;
  readonly context: CommandContext;
  readonly logger: Logger;
  readonly progress: RunProgress;
  readonly mode: BenchmarkMode;
  /** A configured name or a URL. */
  readonly target: string | undefined;
  readonly model: string | undefined;
  readonly signal: AbortSignal;
}

export interface RecordedRun {
  readonly result: BenchmarkResult;
  /** A sentence for each regression that it starts or ends. */
  readonly regressions: readonly string[];
}

/**
 * Runs one benchmark to its end and resolves with the recorded result, judged. Throws `ServerError` where the target
 * cannot be used, else `CommandFailure`: 1 where it failed, 130 where it was interrupted; then nothing of it is on disk
 * but, for a failure, the job's file and log.
 */
export async function foregroundRun(run: ForegroundRun): Promise<RecordedRun> {
  // A job would keep it.
  refuseSecretIn(run.target);
  const paths = storagePaths(run.config.storage.path);
  let recorded: Recorded | undefined;
  let unprepared: unknown;
  const engine = await openEngine({
    config: () => run.config,
    paths,
    environment: { ...run.context.environment },
    version: run.context.version,
    program: run.context.installation.runner,
    now: run.context.now,
    logger: run.logger,
    settle: async (result) => {
      recorded = await recordResult(result, paths);
      return recorded.result;
    },
    onUnprepared: (error) => {
      unprepared = error;
    },
    listener: { onPlan: (plan) => run.progress.plan(plan), onEvent: (event) => run.progress.event(event) },
  });
  await engine.steward.recover();
  const job = await finishedJob(engine, run);
  run.progress.end();
  if (job.status === 'cancelled') {
    const files = [join(paths.jobs, `${job.job_id}.json`), join(paths.logs, `${job.job_id}.log`)];
    await Promise.all(files.map((file) => rm(file, { force: true })));
    throw new CommandFailure(130, 'Interrupted. Nothing was recorded.');
  }
  // Its code tells a command line that names no server from a server that cannot be used.
  if (job.status === 'error' && unprepared instanceof ServerError) throw unprepared;
  if (recorded === undefined) throw new CommandFailure(1, failureText(job));
  if (recorded.tornLineBefore) run.logger.warn({ file: paths.chronicle }, TORN_LINE);
  const { result } = recorded;
  const { config, context, logger } = run;
  return { result, regressions: await evaluateRun({ result, paths, config, now: context.now(), logger }) };
}

/** Nobody but the one who called has to wait for it. */
const RESTORE_GRACE_MS = 600_000;

// The readings that a test ends with are waited for by timers that keep no process alive.
const KEEP_ALIVE_MS = 60_000;

/** The job once it has ended and everything of it is on disk. */
async function finishedJob({ queue, store, sampler, steward }: Engine, run: ForegroundRun): Promise<EndedJob> {
  const keepAlive = setInterval(() => undefined, KEEP_ALIVE_MS);
  try {
    const job = await endedJob({ queue, store }, run);
    // It is told that it has ended before its file and its log are written.
    await queue.stop('the run has ended');
    return job;
  } finally {
    await steward.close(RESTORE_GRACE_MS);
    sampler.close();
    clearInterval(keepAlive);
  }
}

async function endedJob({ queue, store }: Pick<Engine, 'queue' | 'store'>, run: ForegroundRun): Promise<EndedJob> {
  const { mode, target, model, signal } = run;
  const ended = new Promise<EndedJob>((resolve) => {
    const unsubscribe = store.subscribe((job: Job) => {
      if (isActive(job)) return;
      unsubscribe();
      resolve(job);
    });
  });
  const job = await queue.submit({ mode, trigger: 'cli', target, model }, 'reject');
  // A job that ended just before the signal came needs no cancelling.
  const cancel = () => void queue.cancel(job.job_id).catch(() => undefined);
  if (signal.aborted) cancel();
  signal.addEventListener('abort', cancel, { once: true });
  const end = await ended;
  signal.removeEventListener('abort', cancel);
  return end;
}

function failureText(job: EndedJob): string {
  const detail = job.status === 'error' && job.error_detail !== undefined ? `: ${job.error_detail}` : '';
  return `${job.error ?? job.status}${detail}`;
}
