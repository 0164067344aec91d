import { parsedJson } from '../json-text.js';

/** The closed set of reasons for which one request can fail. */
export const requestErrors = [
  'timeout',
  'connection_refused',
  'connection_reset',
  'http_error',
  'stream_error',
  'bad_response',
  'empty_response',
  'context_exceeded',
  'model_not_found',
  'unauthorized',
  'cancelled',
] as const;

export type RequestError = (typeof requestErrors)[number];

export interface RequestFailure {
  readonly error: RequestError;
  readonly status?: number | undefined;
  /** The server's own words, at most 500 characters. */
  readonly detail?: string | undefined;
  /** Of a connection that failed as none of the set says better: a certificate that is not trusted, for instance. */
  readonly cause?: NodeJS.ErrnoException | undefined;
}

const MAX_DETAIL = 500;

/** `words` are cut to 500 characters; `status` is the HTTP status, where there was an answer. */
export function requestFailure(error: RequestError, words?: string, status?: number): RequestFailure {
  const detail = words?.replace(/\s+/g, ' ').trim().slice(0, MAX_DETAIL);
  return { error, ...(status === undefined ? {} : { status }), ...(detail ? { detail } : {}) };
}

const connectionErrors: Readonly<Record<string, RequestError>> = {
  ECONNREFUSED: 'connection_refused',
  ENOTFOUND: 'connection_refused',
  EAI_AGAIN: 'connection_refused',
  EHOSTUNREACH: 'connection_refused',
  ENETUNREACH: 'connection_refused',
  EADDRNOTAVAIL: 'connection_refused',
  ETIMEDOUT: 'timeout',
  ECONNRESET: 'connection_reset',
  ECONNABORTED: 'connection_reset',
  EPIPE: 'connection_reset',
};

/** Reads an error of the socket or of the HTTP parser by its code. */
export function failureOfTransport(error: NodeJS.ErrnoException): RequestFailure {
  // Several addresses of one name were tried: each has its own error, the first stands for all.
  const first = error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException) : error;
  const known = connectionErrors[first.code ?? ''];
  if (known === undefined) return { ...requestFailure('bad_response', first.message), cause: first };
  return requestFailure(known, first.message);
}

/** Finds the words of an error in the shapes servers use: `{error: {message}}`, `{error: "…"}`, `{detail}`, `{message}`. */
function errorFields(body: unknown): { message: string | undefined; labels: string } {
  if (typeof body !== 'object' || body === null) return { message: undefined, labels: '' };
  const outer = body as Record<string, unknown>;
  const error = outer['error'];
  const inner = typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : outer;
  const message = [inner['message'], error, outer['detail'], outer['message']].find((m) => typeof m === 'string');
  const labels = [inner['type'], inner['code']].filter((label) => typeof label === 'string').join(' ');
  return { message: typeof message === 'string' ? message : JSON.stringify(body), labels };
}

// A server names these two only in its own words or labels, so words are all there is to go by.
const CONTEXT_WORDS =
  /context.{0,40}(length|size|window|exceed)|exceed.{0,60}context|prompt is too long|too many tokens/i;
const MODEL_WORDS =
  /model.{0,120}(not found|does ?n.t exist|does not exist|not loaded|unknown|not exist)|model_not_found|no such model/i;

/** Reads an HTTP answer other than 200. `text` is the body as far as it was read, `location` where it redirects to. */
export function failureOfStatus(status: number, text: string, location?: string): RequestFailure {
  if (status >= 300 && status < 400 && location !== undefined)
    return requestFailure('http_error', `redirects to ${location}, which is not followed`, status);
  const { message, labels } = errorFields(parsedJson(text));
  const words = message ?? text;
  const all = `${labels} ${words}`;
  if (status === 401 || status === 403) return requestFailure('unauthorized', words, status);
  if (status >= 400 && status < 500 && CONTEXT_WORDS.test(all))
    return requestFailure('context_exceeded', words, status);
  if ((status === 404 || status === 400) && MODEL_WORDS.test(all))
    return requestFailure('model_not_found', words, status);
  return requestFailure('http_error', words, status);
}

/** Reads an error that came inside a stream, in place of an HTTP status. */
export function failureInStream(body: unknown): RequestFailure {
  const { message, labels } = errorFields(body);
  const words = message ?? (typeof body === 'string' ? body : JSON.stringify(body));
  return requestFailure(CONTEXT_WORDS.test(`${labels} ${words}`) ? 'context_exceeded' : 'stream_error', words);
}
