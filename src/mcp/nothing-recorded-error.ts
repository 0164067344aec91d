import { ExpectedError } from '../shared/expected-error.js';

/** What to do where nothing was measured. */
export const FIRST_RUN = 'Start one with run_benchmark: mode quick takes a minute or two.';

/** There is nothing to answer from yet. */
export class NothingRecordedError extends ExpectedError {
  override readonly name = 'NothingRecordedError';
  readonly code = 'nothing_recorded';

  constructor() {
    super(`No benchmark has been recorded yet. ${FIRST_RUN}`);
  }
}
