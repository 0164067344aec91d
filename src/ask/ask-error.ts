import { ExpectedError } from '../shared/expected-error.js';

/** `no_data`: nothing was measured. `busy`: an answer would disturb a benchmark, or another one is being given. */
export const askErrorCodes = ['no_data', 'busy', 'model_failed'] as const;
export type AskErrorCode = (typeof askErrorCodes)[number];

/** A question that gets no answer; the message is for the one who asked. */
export class AskError extends ExpectedError {
  override readonly name = 'AskError';
  readonly code: AskErrorCode;

  constructor(code: AskErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
