import type { JobSkipReason } from '../shared/skip-reason.js';

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
