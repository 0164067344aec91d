/** One benchmark in the foreground: the agent's job, queue and record, with somebody watching. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchmarkMode } from '../benchmark/plan.js';
import type { BenchmarkResult } from '../benchmark/result.js';
import { recordResult } from '../chronicle/record.js';
import { storagePaths } from '../chronicle/storage.js';
import { StorageError } from '../chronicle/storage-error.js';
import type { Config } from '../config/schema.js';
import { type EndedJob, isActive, type Job } from '../jobs/job.js';
import type { Logger } from '../logger.js';
import { openWorkbench, type Workbench } from '../workbench.js';
import { type CommandContext, CommandFailure } from './command.js';
import type { RunProgress } from './run-progress.js';

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

/**
 * Runs one benchmark to its end and resolves with the recorded result. Throws `CommandFailure`: 1 where it failed,
 * 130 where it was interrupted; then nothing of it is on disk but, for a failure, the job's file and log.
 */
export async function foregroundRun(run: ForegroundRun): Promise<BenchmarkResult> {
  const paths = storagePaths(run.config.storage.path);
  let recorded: BenchmarkResult | undefined;
  const workbench = await openWorkbench({
    config: () => run.config,
    paths,
    environment: { ...run.context.environment },
    version: run.context.version,
    now: run.context.now,
    logger: run.logger,
    settle: async (result) => {
      recorded = (await recordResult(result, paths)).result;
      return recorded;
    },
    listener: { onPlan: (plan) => run.progress.plan(plan), onEvent: (event) => run.progress.event(event) },
  }).catch((error: unknown) => {
    throw error instanceof StorageError ? new CommandFailure(1, error.message, { cause: error }) : error;
  });
  const job = await finishedJob(workbench, run);
  workbench.sampler.close();
  run.progress.end();
  if (job.status === 'cancelled') {
    await Promise.all([rm(join(paths.jobs, `${job.job_id}.json`)), rm(join(paths.logs, `${job.job_id}.log`))]);
    throw new CommandFailure(130, 'Interrupted. Nothing was recorded.');
  }
  if (recorded === undefined) throw new CommandFailure(1, failureText(job));
  return recorded;
}

async function finishedJob({ queue, store }: Workbench, run: ForegroundRun): Promise<EndedJob> {
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
