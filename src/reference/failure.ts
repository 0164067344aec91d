import { ExpectedError } from '../shared/expected-error.js';

/** Why the reference model could not be written, loaded or served. */
export type ReferenceFailureCode =
  | 'engine_missing'
  | 'engine_failed'
  | 'no_gpu'
  | 'no_gpu_build'
  | 'model_unwritable'
  | 'model_mismatch'
  | 'port_in_use'
  | 'listen_failed';

export class ReferenceFailure extends ExpectedError {
  override readonly name = 'ReferenceFailure';
  readonly code: ReferenceFailureCode;

  constructor(code: ReferenceFailureCode, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.code = code;
  }
}
