import { ExpectedError } from '../shared/expected-error.js';

/** `unknown`: it means no run, or several. `no_run`: nothing was recorded yet, or what was is not kept any more. */
export type RunReferenceErrorCode = 'unknown' | 'no_run';

/** A run, a model or a file that somebody named is not there. */
export class RunReferenceError extends ExpectedError {
  override readonly name = 'RunReferenceError';
  readonly code: RunReferenceErrorCode;

  constructor(code: RunReferenceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  override get exitCode(): number {
    return this.code === 'unknown' ? 2 : 1;
  }

  override get tellsCause(): boolean {
    return true;
  }
}
