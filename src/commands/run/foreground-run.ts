/** One benchmark in the foreground: the agent's job, queue and record, with somebody watching. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Engine, openEngine } from '../../agent/engine.js';
import type { BenchmarkMode } from '../../benchmark/plan.js';
import type { BenchmarkResult } from '../../benchmark/result.js';
import { type Recorded, recordResult, TORN_LINE } from '../../chronicle/record.js';
import { type StoragePaths, storagePaths } from '../../chronicle/storage.js';
import type { Config } from '../../config/schema.js';
import { type EndedJob, isEnded, type Job } from '../../jobs/job.js';
import { JobStore } from '../../jobs/job-store.js';
import type { Logger } from '../../logger.js';
import { refuseSecretIn } from '../../servers/api-base.js';
import { selectionOf } from '../../servers/model-selection.js';
import { ServerError } from '../../servers/server-error.js';
import { estimatedBatch } from '../../shared/run-estimate.js';
import { roughSpan } from '../../shared/text/rough-span.js';
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
  /** Names, with `*` for any characters, `all` or `auto`; `undefined` for the target's own. */
  readonly models: readonly string[] | undefined;
  readonly signal: AbortSignal;
  /** Default: as every result is recorded. */
  readonly record?: (result: BenchmarkResult, paths: StoragePaths) => Promise<Recorded>;
}

export interface RecordedRun {
  readonly result: BenchmarkResult;
  /** A sentence for each regression that it starts or ends. */
  readonly regressions: readonly string[];
}

/** One of them failed, and says why: a `ServerError` where its target could not be used, else a `CommandFailure`. */
export interface FailedRun {
  readonly error: Error;
}

/**
 * Runs a benchmark for each model, one after the other, to its end; resolves with what is recorded, judged, and with what
 * failed, in that order. Throws `CommandFailure` 130 where it was interrupted: nothing of that benchmark is on disk then.
 * Of a failed one the job's file and log are.
 */
export async function foregroundRuns(run: ForegroundRun): Promise<readonly (RecordedRun | FailedRun)[]> {
  // A job would keep it.
  refuseSecretIn(run.target);
  const paths = storagePaths(run.config.storage.path);
  const { record = recordResult } = run;
  const recorded = new Map<string, Recorded>();
  const judged = new Map<string, Promise<readonly string[]>>();
  const judge = (settled: Recorded): Promise<readonly string[]> => {
    const { config, context, logger } = run;
    if (settled.tornLineBefore) logger.warn({ file: paths.chronicle }, TORN_LINE);
    return evaluateRun({ result: settled.result, paths, config, now: context.now(), logger });
  };
  const unprepared = new Map<string, unknown>();
  const engine = await openEngine({
    config: () => run.config,
    paths,
    environment: { ...run.context.environment },
    version: run.context.version,
    program: run.context.installation.runner,
    now: run.context.now,
    logger: run.logger,
    settle: async (result) => {
      const settled = await record(result, paths);
      // Nothing else is to be recorded: judged while the job is written down.
      if (recorded.size === 0 && engine.queue.next === undefined) judged.set(result.job_id, judge(settled));
      recorded.set(result.job_id, settled);
      return settled.result;
    },
    onUnprepared: (error, { job }) => void unprepared.set(job.job_id, error),
    listener: { onPlan: (plan) => run.progress.plan(plan), onEvent: (event) => run.progress.event(event) },
  });
  await engine.steward.recover();
  const jobs = await finishedJobs(engine, run);
  run.progress.end();
  const cancelled = jobs.filter(({ status }) => status === 'cancelled');
  if (cancelled.length > 0) {
    const files = cancelled.flatMap(({ job_id: id }) => [
      join(paths.jobs, `${id}.json`),
      join(paths.logs, `${id}.log`),
    ]);
    await Promise.all(files.map((file) => rm(file, { force: true })));
    const kept =
      recorded.size === 0 ? 'Nothing was recorded' : `${recorded.size} of ${jobs.length} were recorded before`;
    throw new CommandFailure(130, `Interrupted. ${kept}.`);
  }
  const runs: (RecordedRun | FailedRun)[] = [];
  for (const job of jobs) {
    const settled = recorded.get(job.job_id);
    if (settled === undefined) {
      // Its code tells a command line that names no server from a server that cannot be used.
      const error = unprepared.get(job.job_id);
      runs.push({ error: error instanceof ServerError ? error : new CommandFailure(1, failureText(job)) });
      continue;
    }
    runs.push({ result: settled.result, regressions: await (judged.get(job.job_id) ?? judge(settled)) });
  }
  return runs;
}

/** The same for one model alone. Throws what it failed with. */
export async function foregroundRun({
  model,
  ...run
}: Omit<ForegroundRun, 'models'> & { readonly model: string | undefined }): Promise<RecordedRun> {
  const [only] = await foregroundRuns({ ...run, models: model === undefined ? undefined : [model] });
  if (only === undefined) throw new CommandFailure(1, 'Nothing was measured.');
  if ('error' in only) throw only.error;
  return only;
}

/** Nobody but the one who called has to wait for it. */
const RESTORE_GRACE_MS = 600_000;

// The readings that a test ends with are waited for by timers that keep no process alive.
const KEEP_ALIVE_MS = 60_000;

/** The jobs once they have ended and everything of them is on disk. */
async function finishedJobs(engine: Engine, run: ForegroundRun): Promise<readonly EndedJob[]> {
  const { queue, sampler, steward } = engine;
  const keepAlive = setInterval(() => undefined, KEEP_ALIVE_MS);
  try {
    const jobs = await endedJobs(engine, run);
    // It is told that they have ended before their files and logs are written.
    await queue.stop('the run has ended');
    return jobs;
  } finally {
    await steward.close(RESTORE_GRACE_MS);
    sampler.close();
    clearInterval(keepAlive);
  }
}

async function modelsOf({ findModels }: Engine, { target, models, signal }: ForegroundRun) {
  try {
    return await findModels({ target, models: models && selectionOf(models) }, signal);
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    // What is wrong with the target, its job says.
    return models ?? [undefined];
  }
}

async function endedJobs(engine: Engine, run: ForegroundRun): Promise<readonly EndedJob[]> {
  const { queue, store } = engine;
  const { mode, target, signal } = run;
  const models = await modelsOf(engine, run);
  if (models.length > 1) run.progress.say(await batchWords(models, run));
  const batch = Symbol('models');
  const ended = new Map<string, EndedJob>();
  let isOver: () => void = () => undefined;
  const over = new Promise<void>((resolve) => {
    isOver = resolve;
  });
  const begun = new Set<string>();
  const unsubscribe = store.subscribe((job: Job) => {
    if (models.length > 1 && job.status === 'running' && !begun.has(job.job_id)) {
      begun.add(job.job_id);
      run.progress.say(`Model ${begun.size} of ${models.length}: ${job.model ?? 'the loaded one'}`);
    }
    if (!isEnded(job)) return;
    ended.set(job.job_id, job);
    if (ended.size === models.length) isOver();
  });
  const asked = { mode, trigger: 'cli', target, batch };
  const jobs = await Promise.all(models.map((model) => queue.submit({ ...asked, model }, 'reject')));
  // The last one first, so that none begins in between; one that ended just before the signal came needs no cancelling.
  const cancel = () => {
    for (const { job_id: id } of jobs.toReversed()) void queue.cancel(id).catch(() => undefined);
  };
  if (signal.aborted) cancel();
  signal.addEventListener('abort', cancel, { once: true });
  await over;
  signal.removeEventListener('abort', cancel);
  unsubscribe();
  return jobs.flatMap(({ job_id: id }) => ended.get(id) ?? []);
}

/** More models than this are told by their number. */
const MOST_NAMED = 8;

/** What several models take together, by the jobs that were done here before. */
async function batchWords(models: readonly (string | undefined)[], run: ForegroundRun): Promise<string> {
  const { config, context, logger, mode } = run;
  const past = new JobStore(storagePaths(config.storage.path));
  await past.restore(logger, context.now());
  const done = past.page({ status: 'done', mode, limit: PAST_RUNS });
  const { wholeMs } = estimatedBatch(done, { mode, target: targetName(run) }, models);
  const names = models.length > MOST_NAMED ? '' : `: ${models.map((model) => model ?? 'the loaded one').join(', ')}`;
  const whole = wholeMs === undefined ? 'How long it takes shows after the first one' : `Takes ${roughSpan(wholeMs)}`;
  return `${models.length} models, one after the other${names}. ${whole}${wholeMs === undefined ? '' : ' in all'}.`;
}

/** What the jobs call it; `undefined` where that is to be found out. */
function targetName({ config: { targets }, target }: ForegroundRun): string | undefined {
  if (target === undefined) return targets[0]?.name;
  const configured = targets.find(({ name, url }) => name === target || url === target);
  return configured?.name ?? (URL.canParse(target) ? new URL(target).host : undefined);
}

/** Enough for several runs of each of some dozens of models. */
const PAST_RUNS = 1000;

function failureText(job: EndedJob): string {
  const detail = job.status === 'error' && job.error_detail !== undefined ? `: ${job.error_detail}` : '';
  return `${job.error ?? job.status}${detail}`;
}
