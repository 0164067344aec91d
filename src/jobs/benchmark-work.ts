/** The work of a job: find its target, run the benchmark, record what came of it. */
import type { ExtraRunLimits } from '../benchmark/extra-runs.js';
import type { BenchmarkMode } from '../benchmark/plan.js';
import { promptsWith } from '../benchmark/prompts.js';
import type { BenchmarkResult } from '../benchmark/result.js';
import { runIdOf } from '../chronicle/run-id.js';
import type { Logger } from '../logger.js';
import { type BenchmarkJob, type JobListener, type RunningJob, startBenchmarkJob } from '../runner/benchmark-job.js';
import { discardRunner, forkRunner, type RunnerProcess } from '../runner/supervisor.js';
import { extraRunsWords } from '../shared/text/run-words.js';
import type { JobEnd, JobProgress } from './job.js';
import { JobSkip, type SkippedJob } from './job-skip.js';
import type { JobWork } from './job-work.js';
import { type ExtraRunStarted, requestLine } from './request-line.js';

/** What a job needs and only the one who wires it all can find. */
export interface Prepared extends Pick<BenchmarkJob, 'target' | 'profile' | 'hardware' | 'canarySha256'> {
  /** Called when the job has ended, however it did. */
  readonly release: () => Promise<void>;
}

/** As they stand in the configuration. */
export interface BenchmarkSettings extends Pick<ExtraRunLimits, 'precision' | 'maxRuns'> {
  readonly timeoutMs: number;
  readonly prompts: Parameters<typeof promptsWith>[0];
  /** The tests of a mode that is not named are not repeated. */
  readonly extraTimeMs: Readonly<Partial<Record<BenchmarkMode, number>>>;
}

export interface BenchmarkWorkOptions {
  /** Finds the target and reads the machine. Rejects with `JobSkip`, or with an error whose message is the job's. */
  readonly prepare: (work: JobWork) => Promise<Prepared>;
  /** Writes a result down, then lets everybody know; resolves with it as written. */
  readonly settle: (result: BenchmarkResult) => Promise<BenchmarkResult>;
  /** Read when a job starts: a reload does not disturb one that runs. */
  readonly benchmark: () => BenchmarkSettings;
  readonly cancelGraceMs: () => number;
  readonly agentVersion: string;
  readonly now: () => Date;
  readonly logger: Logger;
  /** Sees every event of every job beside the job's own log. */
  readonly listener?: Partial<JobListener> | undefined;
  readonly onRunner?: ((running: RunningJob, prepared: Prepared, work: JobWork) => void) | undefined;
  /** The runner's program; the tests put broken ones in its place. */
  readonly program?: string | undefined;
}

/** Makes the function that a `JobQueue` runs its jobs with. */
export function benchmarkWork(options: BenchmarkWorkOptions): (work: JobWork) => Promise<JobEnd | SkippedJob> {
  return async (work) => {
    const process = forkRunner(options.program);
    let prepared: Prepared;
    try {
      await work.recorded;
      prepared = await options.prepare(work);
    } catch (error) {
      discardRunner(process);
      if (work.signal.aborted) return { status: 'cancelled' };
      if (error instanceof JobSkip) return { status: 'skipped', reason: error.code, detail: error.message };
      return { status: 'error', error: error instanceof Error ? error.message : String(error) };
    }
    try {
      return await perform(work, { ...prepared, process }, options);
    } finally {
      await prepared.release();
    }
  };
}

type Ready = Prepared & { readonly process: RunnerProcess };

async function perform(work: JobWork, prepared: Ready, options: BenchmarkWorkOptions): Promise<JobEnd> {
  if (work.signal.aborted) {
    discardRunner(prepared.process);
    return { status: 'cancelled' };
  }
  const { target } = prepared;
  work.chosen(target.name, target.model);
  work.log.write(
    `Measuring ${target.model} on ${target.identity.name} at ${target.identity.apiBase} (${work.job.mode}).`,
  );
  const running = start(work, prepared, options);
  const cancel = () => running.runner.cancel();
  work.signal.addEventListener('abort', cancel, { once: true });
  if (work.signal.aborted) cancel();
  try {
    return await endOf(running, work, options);
  } finally {
    // The machine is free for the next job once nothing of this one is left.
    await running.runner.exited;
    work.signal.removeEventListener('abort', cancel);
  }
}

async function endOf(running: RunningJob, work: JobWork, { settle }: BenchmarkWorkOptions): Promise<JobEnd> {
  const outcome = await running.outcome;
  if (outcome.status !== 'done') return outcome;
  if (!work.commit()) return { status: 'cancelled' };
  const recorded = await settle(outcome.result);
  return { status: 'done', runId: recorded.run_id };
}

function start(work: JobWork, prepared: Ready, options: BenchmarkWorkOptions): RunningJob {
  const { now, listener, agentVersion, logger } = options;
  const { timeoutMs, prompts, precision, maxRuns, extraTimeMs } = options.benchmark();
  const extraTime = extraTimeMs[work.job.mode];
  const { log } = work;
  let done = 0;
  let total = 0;
  let current: string | null = null;
  let extra: ExtraRunStarted | undefined;
  const tell = (more: Pick<JobProgress, 'extra_run' | 'precision'> = {}) =>
    work.progress({ done, total, current_test: current, ...more });
  const running = startBenchmarkJob(
    {
      ...prepared,
      runId: runIdOf(now(), work.job.job_id),
      jobId: work.job.job_id,
      mode: work.job.mode,
      prompts: promptsWith(prompts),
      timeoutMs,
      extraRuns: extraTime === undefined ? undefined : { precision, maxRuns, extraTimeMs: extraTime },
      cancelGraceMs: options.cancelGraceMs(),
      agentVersion,
      now,
      logger: logger.child({ job_id: work.job.job_id }),
    },
    {
      onPlan: (plan) => {
        total = plan.tests.length;
        const bound = plan.extraRuns && extraRunsWords(plan.extraRuns);
        if (bound !== undefined) log.write(bound);
        for (const { testId, reason } of plan.skipped) log.write(`${testId} skipped: ${reason}`);
        tell();
        listener?.onPlan?.(plan);
      },
      onEvent: (event, atMs) => {
        if (event.type === 'log') log.write(event.line);
        else if (event.type === 'test_started') {
          current = event.name;
          log.write(`[${done + 1}/${total}] ${event.name}`);
          tell();
          extra = undefined;
        } else if (event.type === 'extra_run_started') {
          extra = event;
          tell({ extra_run: event.run, precision: event.precision });
        } else if (event.type === 'run_finished') log.write(requestLine(event, extra));
        else if (event.type === 'test_finished' || event.type === 'test_skipped') {
          if (event.type === 'test_skipped') log.write(`${event.testId} skipped: ${event.reason}`);
          done += 1;
          current = null;
          tell();
        }
        listener?.onEvent?.(event, atMs);
      },
    },
  );
  options.onRunner?.(running, prepared, work);
  return running;
}
