import type { RequestError } from '../benchmark/client/failure.js';
import { ExpectedError } from '../shared/expected-error.js';

/** Why a server could not be found, reached, recognised or used. */
export const serverErrorCodes = [
  'no_server_detected',
  'unknown_target',
  'bad_url',
  'unreachable',
  'tls_failed',
  'bad_ca_file',
  'timeout',
  'unauthorized',
  'not_an_llm_server',
  'bad_response',
  'unsupported',
  'server_asleep',
  'model_loading',
  'no_model_loaded',
  'model_ambiguous',
  'model_not_loaded',
  'model_not_found',
  'load_failed',
] as const;

export type ServerErrorCode = (typeof serverErrorCodes)[number];

// A target that is not configured, a URL that is none: the command line is wrong, not the server.
const usageCodes: ReadonlySet<ServerErrorCode> = new Set(['unknown_target', 'bad_url']);

/** Says what was expected, what was met and what to do; `code` is for programs, the message for people. */
export class ServerError extends ExpectedError {
  override readonly name = 'ServerError';
  readonly code: ServerErrorCode;

  constructor(code: ServerErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }

  override get exitCode(): number {
    return usageCodes.has(this.code) ? 2 : 1;
  }
}

/** What a benchmark's request would have failed with; nothing where none could have been sent, as nobody knows to whom. */
const requestErrorFor: Readonly<Partial<Record<ServerErrorCode, RequestError>>> = {
  no_server_detected: 'connection_refused',
  unreachable: 'connection_refused',
  tls_failed: 'connection_refused',
  bad_ca_file: 'connection_refused',
  timeout: 'timeout',
  unauthorized: 'unauthorized',
  not_an_llm_server: 'bad_response',
  bad_response: 'bad_response',
  server_asleep: 'model_not_found',
  model_loading: 'http_error',
  no_model_loaded: 'model_not_found',
  model_ambiguous: 'model_not_found',
  model_not_loaded: 'model_not_found',
  model_not_found: 'model_not_found',
  load_failed: 'model_not_found',
};

/** The error of the closed set that an exception stands for; `undefined` for a fault of ours. */
export function requestErrorOf(error: unknown): RequestError | undefined {
  return error instanceof ServerError ? requestErrorFor[error.code] : undefined;
}

const MAX_QUOTED_CHARACTERS = 200;

/** The server's own words on one line, cut to a length that fits into an error message. */
export function quoted(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  if (line === '') return 'an empty body';
  return line.length > MAX_QUOTED_CHARACTERS ? `${line.slice(0, MAX_QUOTED_CHARACTERS)}…` : line;
}
