import type { JobEnd, JobIn, JobProgress } from './job.js';
import type { OpenJobLog } from './job-log.js';
import type { SkippedJob } from './job-skip.js';

/** What a running job's work is given. */
export interface JobWork {
  readonly job: JobIn<'running'>;
  /** Resolves once the job is on disk as running: nothing of it may show before. Rejects with `StorageError`. */
  readonly recorded: Promise<void>;
  readonly log: Pick<OpenJobLog, 'write'>;
  /** Aborts when the job is cancelled. */
  readonly signal: AbortSignal;
  /** Aborts when the job is to pause: the test that runs is its last for now. */
  readonly pause: AbortSignal;
  readonly progress: (progress: JobProgress) => void;
  /** The target and model that were chosen. */
  readonly chosen: (target: string, model: string) => void;
  /**
   * To be called right before anything of the job is recorded. True: the job can no longer be cancelled. False: it
   * was cancelled and nothing may be recorded.
   */
  readonly commit: () => boolean;
}

/** `paused`: as it was asked to, or because it cannot go on now, for that reason. */
export type WorkEnd =
  | JobEnd
  | SkippedJob
  | {
      readonly status: 'paused';
      readonly reason?: string | undefined;
      /** Whether the reason may pass. */
      readonly mayPass?: boolean | undefined;
    };
