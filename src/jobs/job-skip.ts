/** Why a scheduled job does not take place when its turn has come. */
export const jobSkipReasons = ['server_busy', 'gpu_busy', 'server_asleep'] as const;
export type JobSkipReason = (typeof jobSkipReasons)[number];

export interface SkippedJob {
  readonly status: 'skipped';
  readonly reason: JobSkipReason;
  /** In words. */
  readonly detail: string;
}

/** Thrown while a job is prepared; nothing of it is kept then. */
export class JobSkip extends Error {
  override readonly name = 'JobSkip';
  readonly code: JobSkipReason;

  constructor(reason: JobSkipReason, detail: string, options: { readonly cause?: unknown } = {}) {
    super(detail, options);
    this.code = reason;
  }
}
