/** One question to an OpenAI-compatible model, its answer handed on piece by piece. No redirect is followed. */
import http from 'node:http';
import https from 'node:https';
import { failureOfStatus } from '../benchmark/client/failure.js';
import { type TlsTrust, tlsOptions } from '../benchmark/client/tls-trust.js';
import { transportError } from '../servers/http-client.js';
import { authorization } from '../servers/server-client.js';
import { quoted, ServerError } from '../servers/server-error.js';
import { chatEventIn, linesOf } from './chat-events.js';

export interface ChatMessage {
  readonly role: 'system' | 'user';
  readonly content: string;
}

export interface ChatQuestion {
  /** What the OpenAI routes lie below: with `/v1`. */
  readonly apiRoot: string;
  readonly apiKey: string | undefined;
  /** For an https `apiRoot`. */
  readonly tls?: TlsTrust | undefined;
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly maxTokens: number;
  /** Ends the exchange wherever it stands. */
  readonly signal: AbortSignal;
}

/** `length`: the model stopped because it had given as many tokens as it may. */
export type ChatEnd = 'stop' | 'length';

/** Names of the limit on tokens: the newer OpenAI models refuse the one that all other servers know. */
const limitNames = ['max_tokens', 'max_completion_tokens'] as const;
const BAD_REQUEST = 400;

// vLLM ends with `abort` what it gave up, gateways with `error` what failed behind them.
const failedReasons: ReadonlySet<string> = new Set(['abort', 'error']);

/**
 * The text of the answer as it comes, without reasoning. Throws the signal's reason or a `ServerError`: `unreachable`,
 * `unauthorized`, `model_not_found` or `bad_response`.
 */
export async function* chatAnswer(question: ChatQuestion): AsyncGenerator<string, ChatEnd> {
  const response = await answeredWith200(question);
  try {
    return yield* textOf(response);
  } catch (error) {
    question.signal.throwIfAborted();
    throw error instanceof ServerError
      ? error
      : transportError(question.apiRoot, error as NodeJS.ErrnoException, question.tls);
  } finally {
    response.destroy();
  }
}

async function* textOf(response: http.IncomingMessage): AsyncGenerator<string, ChatEnd> {
  const contentType = response.headers['content-type'] ?? 'no content type';
  if (!contentType.startsWith('text/event-stream')) {
    throw new ServerError('bad_response', `Expected an event stream, got ${contentType}.`);
  }
  let finish: string | undefined;
  for await (const line of linesOf(response)) {
    const event = chatEventIn(line);
    if (event === 'done') return finish === 'length' ? 'length' : 'stop';
    if (event === undefined) continue;
    finish = event.finish ?? finish;
    if (finish !== undefined && failedReasons.has(finish)) {
      throw new ServerError('bad_response', `The model gave up (finish_reason "${finish}").`);
    }
    if (event.text !== '') yield event.text;
  }
  if (finish === undefined) {
    throw new ServerError('bad_response', 'The connection ended in the middle of the answer.');
  }
  return finish === 'length' ? 'length' : 'stop';
}

async function answeredWith200(question: ChatQuestion): Promise<http.IncomingMessage> {
  let refusal: ServerError | undefined;
  for (const limitName of limitNames) {
    const response = await posted(question, limitName);
    if (response.statusCode === 200) return response;
    // The first refusal explains: the second try is a guess.
    refusal ??= await refusalOf(question, response);
    response.destroy();
    if (response.statusCode !== BAD_REQUEST) break;
  }
  throw refusal ?? new ServerError('bad_response', `${question.apiRoot} gave no answer.`);
}

function posted(question: ChatQuestion, limitName: (typeof limitNames)[number]): Promise<http.IncomingMessage> {
  const { apiRoot, apiKey, tls, model, messages, maxTokens, signal } = question;
  const body = Buffer.from(JSON.stringify({ model, messages, stream: true, [limitName]: maxTokens }));
  const headers = {
    ...authorization(apiKey),
    'content-type': 'application/json',
    'content-length': body.length,
    accept: 'text/event-stream',
    'accept-encoding': 'identity',
  };
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const send = apiRoot.startsWith('https:') ? https.request : http.request;
    const options = { method: 'POST', agent: false, headers, signal, ...tlsOptions(tls) };
    const request = send(`${apiRoot}/chat/completions`, options);
    request.on('response', resolve);
    request.on('error', (error) => reject(signal.aborted ? signal.reason : transportError(apiRoot, error, tls)));
    request.end(body);
  });
}

const MAX_REFUSAL_BYTES = 2 ** 16;

async function refusalOf({ apiRoot }: ChatQuestion, response: http.IncomingMessage): Promise<ServerError> {
  const { statusCode: status = 0, headers } = response;
  if (status >= 300 && status < 400) {
    const to = headers.location === undefined ? '' : ` to ${quoted(headers.location)}`;
    return new ServerError('bad_response', `${apiRoot} redirects${to}, which is not followed: the key would go along.`);
  }
  const { error, detail = 'nothing' } = failureOfStatus(status, await textWithin(response, MAX_REFUSAL_BYTES));
  if (error === 'unauthorized') {
    return new ServerError('unauthorized', `${apiRoot} answered ${status}: ${quoted(detail)}. Check the key.`);
  }
  const code = error === 'model_not_found' ? 'model_not_found' : 'bad_response';
  return new ServerError(code, `${apiRoot} answered ${status}: ${quoted(detail)}`);
}

async function textWithin(response: http.IncomingMessage, limit: number): Promise<string> {
  const parts: Buffer[] = [];
  let received = 0;
  try {
    for await (const part of response) {
      parts.push(part);
      received += part.length;
      if (received > limit) break;
    }
  } catch {
    // What came of it still says more than the status alone.
  }
  return Buffer.concat(parts).toString('utf8');
}
