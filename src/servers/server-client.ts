/** Asks one known server and holds its answers against the shape that is needed of them. */

import type { z } from 'zod';
import type { TlsTrust } from '../benchmark/client/tls-trust.js';
import { parsedJson } from '../benchmark/json-text.js';
import { askHttp, type HttpAnswer } from './http-client.js';
import { quoted, ServerError } from './server-error.js';

export interface ServerAccess {
  readonly apiBase: string;
  readonly apiKey?: string | undefined;
  /** For an https `apiBase`. */
  readonly tls?: TlsTrust | undefined;
}

/**
 * All methods reject with the signal's reason or with a `ServerError`. `get` and `post` insist on the shape; `find` and
 * `findText` give `undefined` where the server answers, but refuses or says something else.
 */
export interface ServerClient {
  readonly headers: Readonly<Record<string, string>>;
  get<T>(path: string, shape: z.ZodType<T>, signal: AbortSignal): Promise<T>;
  find<T>(path: string, shape: z.ZodType<T>, signal: AbortSignal): Promise<T | undefined>;
  findText(path: string, signal: AbortSignal): Promise<string | undefined>;
  post<T>(path: string, body: unknown, shape: z.ZodType<T>, signal: AbortSignal): Promise<T>;
  /** Whatever the server answers to what is posted. */
  ask(path: string, body: unknown, signal: AbortSignal): Promise<HttpAnswer>;
}

export interface QuestionTimeouts {
  readonly getMs: number;
  readonly postMs: number;
}

// What is posted is text to be tokenized, up to a full context.
const TIMEOUTS: QuestionTimeouts = { getMs: 5000, postMs: 30_000 };

/** The header for a key; throws a `ServerError` where the key cannot be sent in one. */
export function authorization(apiKey: string | undefined): Record<string, string> {
  if (apiKey === undefined) return {};
  if (/^[\x21-\x7e]+$/.test(apiKey)) return { authorization: `Bearer ${apiKey}` };
  const met = 'is empty or holds spaces, line breaks or other characters that cannot be sent in a header';
  throw new ServerError('unauthorized', `The API key ${met}. Check api_key of the target in the configuration.`);
}

export function createServerClient(access: ServerAccess, timeouts = TIMEOUTS): ServerClient {
  const headers = authorization(access.apiKey);

  const exchange = async (path: string, signal: AbortSignal, json?: unknown): Promise<HttpAnswer> => {
    const timeoutMs = json === undefined ? timeouts.getMs : timeouts.postMs;
    const deadline = AbortSignal.timeout(timeoutMs);
    const url = `${access.apiBase}${path}`;
    try {
      return await askHttp(url, { headers, json, tls: access.tls, signal: AbortSignal.any([signal, deadline]) });
    } catch (error) {
      signal.throwIfAborted();
      if (!deadline.aborted) throw error;
      throw new ServerError('timeout', `${url} gave no answer within ${timeoutMs} ms. The server may be overloaded.`, {
        cause: error,
      });
    }
  };
  const insist = <T>(path: string, answer: HttpAnswer, shape: z.ZodType<T>): T => {
    if (answer.status >= 300) throw refusal(access, path, answer);
    return read(`${access.apiBase}${path}`, answer.text, shape);
  };
  return {
    headers,
    get: async (path, shape, signal) => insist(path, await exchange(path, signal), shape),
    post: async (path, body, shape, signal) => insist(path, await exchange(path, signal, body), shape),
    ask: (path, body, signal) => exchange(path, signal, body),
    find: async (path, shape, signal) => {
      const answer = await exchange(path, signal);
      if (answer.status >= 300) return undefined;
      return shape.safeParse(parsedJson(answer.text)).data;
    },
    findText: async (path, signal) => {
      const answer = await exchange(path, signal);
      return answer.status >= 300 ? undefined : answer.text;
    },
  };
}

function read<T>(url: string, text: string, shape: z.ZodType<T>): T {
  const result = shape.safeParse(parsedJson(text));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const problem = issue === undefined ? '' : `${issue.path.join('.') || 'the answer'}: ${issue.message}; `;
  throw new ServerError('bad_response', `${url} answered an unexpected shape (${problem}it said: ${quoted(text)}).`, {
    cause: result.error,
  });
}

// llama-server: 503 `{"error":{"message":"Loading model","type":"unavailable_error","code":503}}` on every route.
const LOADING = /\bloading\b.*\bmodel\b/i;

// Statuses by which HTTP servers say that they have no such endpoint.
const NO_SUCH_ENDPOINT = new Set([404, 405, 501]);

function refusal(access: ServerAccess, path: string, answer: HttpAnswer): ServerError {
  const { status, text } = answer;
  if (status === 401 || status === 403) return unauthorized(access, `${path} with ${status}: ${quoted(text)}`);
  if (status === 503 && LOADING.test(text)) {
    return new ServerError('model_loading', `${access.apiBase} is still loading its model: ${quoted(text)}.`);
  }
  const code = NO_SUCH_ENDPOINT.has(status) ? 'unsupported' : 'bad_response';
  return new ServerError(code, `${access.apiBase}${path} answered ${status}: ${quoted(text)}.`);
}

/** The error for a key that is missing or wrong; `met` says what was refused and how. */
export function unauthorized(access: ServerAccess, met: string): ServerError {
  const advice =
    access.apiKey === undefined
      ? 'It expects an API key: set api_key of the target in the configuration'
      : 'The API key that was sent is not accepted: check api_key of the target in the configuration';
  return new ServerError('unauthorized', `${access.apiBase} refused ${met}. ${advice}.`);
}
