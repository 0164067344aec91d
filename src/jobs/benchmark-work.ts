/** The work of a job: find its target, run the benchmark, record what came of it. */
import type { ExtraRunLimits } from '../benchmark/extra-runs.js';
import type { BenchmarkMode } from '../benchmark/plan.js';
import { type Prompts, promptsWith } from '../benchmark/prompts.js';
import type { BenchmarkResult } from '../benchmark/result.js';
import { SERVER_DOWN } from '../benchmark/skip-reason.js';
import { workloadVersion } from '../benchmark/workload-version.js';
import { runIdOf } from '../chronicle/run-id.js';
import type { Logger } from '../logger.js';
import { type BenchmarkJob, type JobListener, type RunningJob, startBenchmarkJob } from '../runner/benchmark-job.js';
import {
  discardRunner,
  forkRunnerAhead,
  type RunnerProcess,
  type RunnerStart,
  runnerFor,
} from '../runner/supervisor.js';
import { testName } from '../shared/test-name.js';
import { extraRunsWords } from '../shared/text/run-words.js';
import { skipWords } from '../shared/text/skip-words.js';
import {
  type Checkpoint,
  type Checkpoints,
  changeOf,
  checkpointOf,
  finishedPart,
  type Subject,
  subjectOf,
  testsDone,
} from './checkpoint.js';
import type { JobProgress } from './job.js';
import { JobSkip } from './job-skip.js';
import type { JobWork, WorkEnd } from './job-work.js';
import { type ExtraRunStarted, requestLine } from './request-line.js';

/** What a job needs and only the one who wires it all can find. */
export interface Prepared
  extends Pick<BenchmarkJob, 'target' | 'profile' | 'hardware' | 'canarySha256' | 'canaryLogprobs'> {
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

/** The runner's program is that of the build; the tests put broken ones in its place. */
export interface BenchmarkWorkOptions extends RunnerStart {
  /** Finds the target and reads the machine. Rejects with `JobSkip`, or with an error whose message is the job's. */
  readonly prepare: (work: JobWork) => Promise<Prepared>;
  /** Writes a result down, then lets everybody know; resolves with it as written. */
  readonly settle: (result: BenchmarkResult) => Promise<BenchmarkResult>;
  /** Read when a job starts: a reload does not disturb one that runs. */
  readonly benchmark: () => BenchmarkSettings;
  readonly cancelGraceMs: () => number;
  readonly checkpoints: Pick<Checkpoints, 'read' | 'write'>;
  readonly agentVersion: string;
  readonly now: () => Date;
  readonly logger: Logger;
  /** Sees every event of every job beside the job's own log. */
  readonly listener?: Partial<JobListener> | undefined;
  readonly onRunner?: ((running: RunningJob, prepared: Prepared, work: JobWork) => void) | undefined;
}

/** Makes the function that a `JobQueue` runs its jobs with. */
export function benchmarkWork(options: BenchmarkWorkOptions): (work: JobWork) => Promise<WorkEnd> {
  return async (work) => {
    const process = forkRunnerAhead(options);
    let checkpoint: Checkpoint | undefined;
    let prepared: Prepared;
    try {
      await work.recorded;
      // Most jobs run in one go.
      if (work.job.resumed_at !== undefined) checkpoint = await options.checkpoints.read(work.job.job_id);
      prepared = await options.prepare({ ...work, signal: AbortSignal.any([work.signal, work.pause]) });
    } catch (error) {
      discardRunner(process);
      return unprepared(error, work, checkpoint !== undefined);
    }
    try {
      return await perform(work, { ...prepared, process, checkpoint }, options);
    } finally {
      await prepared.release();
    }
  };
}

/** What is finished of a job is worth that it can be tried again. */
function unprepared(error: unknown, work: JobWork, isPartDone: boolean): WorkEnd {
  if (work.signal.aborted) return { status: 'cancelled' };
  if (work.pause.aborted) return { status: 'paused' };
  const words = error instanceof Error ? error.message : String(error);
  if (isPartDone) return { status: 'paused', reason: words, mayPass: true };
  if (error instanceof JobSkip) return { status: 'skipped', reason: error.code, detail: words };
  return { status: 'error', error: words };
}

type Ready = Prepared & { readonly process: RunnerProcess; readonly checkpoint: Checkpoint | undefined };

async function perform(work: JobWork, prepared: Ready, options: BenchmarkWorkOptions): Promise<WorkEnd> {
  if (work.signal.aborted || work.pause.aborted) {
    discardRunner(prepared.process);
    return { status: work.signal.aborted ? 'cancelled' : 'paused' };
  }
  const { target, profile, checkpoint } = prepared;
  const settings = options.benchmark();
  const prompts = promptsWith(settings.prompts);
  const subject = subjectOf(target, profile.machine_id, workloadVersion(prompts));
  const change = checkpoint && changeOf(checkpoint.subject, subject);
  if (change !== undefined) {
    discardRunner(prepared.process);
    return { status: 'paused', reason: change };
  }
  work.chosen(target.name, target.model);
  work.log.write(
    `Measuring ${target.model} on ${target.identity.name} at ${target.identity.apiBase} (${work.job.mode}).`,
  );
  const process = runnerFor(target.identity.apiBase, prepared.process, options);
  const running = start(work, { ...prepared, process, settings, prompts, subject }, options);
  const cancel = () => running.runner.cancel();
  const pause = () => running.runner.pause();
  work.signal.addEventListener('abort', cancel, { once: true });
  work.pause.addEventListener('abort', pause, { once: true });
  if (work.pause.aborted) pause();
  if (work.signal.aborted) cancel();
  try {
    return await endOf(running, work, options);
  } finally {
    // The machine is free for the next job once nothing of this one is left.
    await running.runner.exited;
    work.signal.removeEventListener('abort', cancel);
    work.pause.removeEventListener('abort', pause);
  }
}

async function endOf(running: RunningJob, work: JobWork, { settle }: BenchmarkWorkOptions): Promise<WorkEnd> {
  const outcome = await running.outcome;
  if (outcome.status !== 'done') return outcome;
  if (!work.commit()) return { status: 'cancelled' };
  const recorded = await settle(outcome.result);
  const undone = recorded.skipped.filter(({ reason }) => reason === SERVER_DOWN).length;
  return { status: 'done', runId: recorded.run_id, ...(undone === 0 ? {} : { undone }) };
}

interface Start extends Ready {
  readonly settings: BenchmarkSettings;
  readonly prompts: Prompts;
  readonly subject: Subject;
}

function start(work: JobWork, prepared: Start, options: BenchmarkWorkOptions): RunningJob {
  const { now, listener, agentVersion, logger } = options;
  const { settings, prompts, checkpoint, subject } = prepared;
  const { timeoutMs, precision, maxRuns, extraTimeMs } = settings;
  const extraTime = extraTimeMs[work.job.mode];
  const { log } = work;
  let done = checkpoint === undefined ? 0 : testsDone(checkpoint);
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
      prompts,
      earlier: checkpoint && finishedPart(checkpoint),
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
        if (checkpoint === undefined)
          for (const { testId, reason } of plan.skipped) log.write(`${testName(testId)} skipped: ${reason}`);
        else log.write(`Going on after ${done} of ${total} tests.`);
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
          if (event.type === 'test_skipped') log.write(`${testName(event.testId)} skipped: ${skipWords(event.reason)}`);
          done += 1;
          current = null;
          tell();
        }
        listener?.onEvent?.(event, atMs);
      },
      onPart: (part) =>
        options.checkpoints.write(checkpointOf(work.job.job_id, subject, part)).catch((error: unknown) => {
          logger.error(
            { err: error, job_id: work.job.job_id },
            'a finished test could not be kept: a crash would lose it',
          );
        }),
    },
  );
  options.onRunner?.(running, prepared, work);
  return running;
}
