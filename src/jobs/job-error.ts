/**
 * `busy`: another job is active. `queue_full`. `not_found`. `not_active`: it has ended. `not_stopped`: it would not
 * end. `not_resumable`: it is not paused or interrupted, or what it measured has changed.
 */
export type JobErrorCode = 'busy' | 'queue_full' | 'not_found' | 'not_active' | 'not_stopped' | 'not_resumable';

export class JobError extends Error {
  override readonly name = 'JobError';
  readonly code: JobErrorCode;
  /** The job in the way, for `busy`; else the job asked about. */
  readonly jobId: string | undefined;

  constructor(code: JobErrorCode, message: string, jobId?: string) {
    super(message);
    this.code = code;
    this.jobId = jobId;
  }
}
