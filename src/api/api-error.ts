import * as z from 'zod';
import { AskError, type AskErrorCode } from '../ask/ask-error.js';
import { StorageError } from '../chronicle/storage-error.js';
import { JobError, type JobErrorCode } from '../jobs/job-error.js';
import { RunReferenceError } from '../judging/run-reference-error.js';
import { ServerError } from '../servers/server-error.js';

/** The body of every error. */
export const errorBodySchema = z
  .object({ detail: z.string(), job_id: z.string().optional() })
  .meta({ id: 'Error', description: 'What was wrong, in words; the job in the way where there is one.' });
export type ErrorBody = z.infer<typeof errorBodySchema>;

/** An answer other than success that a handler chose. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code = 'api_error';
  readonly status: number;

  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

const jobErrorStatus: Readonly<Record<JobErrorCode, number>> = {
  busy: 409,
  queue_full: 503,
  not_found: 404,
  not_active: 409,
  not_stopped: 500,
  not_resumable: 409,
};

const askErrorStatus: Readonly<Record<AskErrorCode, number>> = { no_data: 404, busy: 409, model_failed: 502 };

export interface ErrorAnswer {
  readonly status: number;
  readonly body: ErrorBody;
}

/** What of an error may be shown; `undefined` where it is a fault of ours and only the log learns more. */
export function answerOf(error: unknown): ErrorAnswer | undefined {
  if (error instanceof ApiError) return { status: error.status, body: { detail: error.message } };
  if (error instanceof JobError) {
    const jobId = error.jobId === undefined ? {} : { job_id: error.jobId };
    return { status: jobErrorStatus[error.code], body: { detail: error.message, ...jobId } };
  }
  if (error instanceof AskError) return { status: askErrorStatus[error.code], body: { detail: error.message } };
  if (error instanceof ServerError) return { status: 502, body: { detail: error.message } };
  if (error instanceof StorageError) {
    return { status: error.code === 'not_found' ? 404 : 500, body: { detail: error.message } };
  }
  if (error instanceof RunReferenceError) {
    return { status: error.code === 'unknown' ? 422 : 404, body: { detail: error.message } };
  }
  if (error instanceof z.ZodError) return { status: 422, body: { detail: problemsOf(error) } };
  return fromFramework(error);
}

function problemsOf(error: z.ZodError): string {
  return error.issues
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
    .join('; ');
}

/** Koa and its parsers throw errors that say themselves whether their words are for the client. */
function fromFramework(error: unknown): ErrorAnswer | undefined {
  if (!(error instanceof Error) || !('status' in error) || !('expose' in error)) return undefined;
  const { status, expose, message } = error;
  if (typeof status !== 'number' || expose !== true) return undefined;
  return { status, body: { detail: message } };
}
