/** One measured request: sent on a connection of its own, stamped at the socket, read only after its stream has ended. */

import { setMaxListeners } from 'node:events';
import type { InferenceServer } from '../inference-server.js';
import { type AnswerReading, readRefusal, readStream } from './answer-reading.js';
import type { ChatRequest } from './chat-protocol.js';
import { Connection } from './connection.js';
import { failureOfTransport, type RequestFailure, requestFailure } from './failure.js';
import type { ReceivedSoFar } from './received-bytes.js';
import type { ReadAnswer, RequestOutcome } from './request-timings.js';
import type { ResponseHead } from './response-reader.js';

export interface MeasuredRequest extends ChatRequest {
  readonly server: InferenceServer;
  /** From the opening of the connection to the end of the answer. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** See `StreamToRead`. */
  readonly readsAlong?: true | undefined;
  /** Called when the body has been handed over. */
  readonly onSent?: (() => void) | undefined;
  /** Called with the stamp of the first token. */
  readonly onFirstToken?: ((atMs: number) => void) | undefined;
  /** Called after each read of the answer. */
  readonly onRead?: ((received: ReceivedSoFar, atMs: number) => void) | undefined;
}

/** Sends a request and waits for the end of its stream. Never rejects: every fault is one of the closed set. */
export async function measureRequest(request: MeasuredRequest): Promise<RequestOutcome> {
  const send = await prepareRequest(request);
  return send();
}

/**
 * Opens the connection for a request and resolves with what sends it: the requests of a wave are sent once all of their
 * connections are open. Neither rejects.
 */
export async function prepareRequest(request: MeasuredRequest): Promise<() => Promise<RequestOutcome>> {
  const limit = limited(request.signal, request.timeoutMs);
  const { stop } = limit;
  const named = (failure: RequestFailure): RequestFailure => {
    if (request.signal.aborted) return requestFailure('cancelled');
    const late = `no end of the answer after ${Math.round(request.timeoutMs / 1000)} s`;
    return stop.aborted ? requestFailure('timeout', late) : failure;
  };
  const first = await opened(request.server, stop);
  return async () => {
    const once = await exchanged(request, first, stop);
    // The server may have closed the connection just as the request was on its way.
    const isRetried = once.brokeUnanswered && !stop.aborted;
    const { answer } = isRetried ? await exchanged(request, await opened(request.server, stop), stop) : once;
    limit.lift();
    return answer.ok ? { ...answer, isRetried } : { ok: false, failure: named(answer.failure), isRetried };
  };
}

interface Limit {
  readonly stop: AbortSignal;
  readonly lift: () => void;
}

/** `stop` comes with the signal or after so much time. `AbortSignal.any` and `timeout` cost a request 7 % more instructions. */
function limited(signal: AbortSignal, timeoutMs: number): Limit {
  // All streams of a load test wait for the same signal.
  setMaxListeners(0, signal);
  const stopping = new AbortController();
  const lift = () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', onStop);
  };
  const onStop = () => {
    lift();
    stopping.abort();
  };
  const timer = setTimeout(onStop, timeoutMs).unref();
  if (signal.aborted) onStop();
  else signal.addEventListener('abort', onStop);
  return { stop: stopping.signal, lift };
}

type Opened =
  | { readonly ok: true; readonly connection: Connection }
  | { readonly ok: false; readonly failure: RequestFailure };

async function opened(server: InferenceServer, stop: AbortSignal): Promise<Opened> {
  try {
    return { ok: true, connection: await Connection.open(server, stop) };
  } catch (error) {
    return { ok: false, failure: failureOfTransport(error as NodeJS.ErrnoException) };
  }
}

interface Exchange {
  readonly answer: ReadAnswer;
  /** The connection broke before the first byte of an answer. */
  readonly brokeUnanswered: boolean;
}

function requestBody({ server, model, prompt, nonce, maxTokens, seed, instructions }: MeasuredRequest): Buffer {
  const body = server.chat.body({ model, prompt, nonce, maxTokens, seed, instructions });
  return Buffer.from(JSON.stringify({ ...body, ...server.requestExtras({ maxTokens, nonce }) }));
}

/** Compressed though we asked for plain text: what lies between the server and us makes arrival times worthless too. */
function encoded({ status }: ResponseHead, encoding: string): RequestFailure {
  const words = `the answer is compressed (content-encoding: ${encoding}), expected plain text`;
  return status === 200 ? requestFailure('bad_response', words) : requestFailure('http_error', words, status);
}

function exchanged(request: MeasuredRequest, over: Opened, stop: AbortSignal): Promise<Exchange> {
  if (!over.ok) return Promise.resolve({ answer: over, brokeUnanswered: false });
  const { connection } = over;
  const { server, maxTokens, onFirstToken, onRead, readsAlong = false } = request;
  return new Promise((resolve) => {
    let startMs = 0;
    let reading: AnswerReading | undefined;
    const settle = (answer: ReadAnswer, brokeUnanswered = false) => {
      stop.removeEventListener('abort', onAbort);
      reading?.stop();
      connection.close();
      resolve({ answer, brokeUnanswered });
    };
    const onAbort = () => settle({ ok: false, failure: requestFailure('cancelled') });
    if (stop.aborted) return onAbort();
    stop.addEventListener('abort', onAbort, { once: true });
    const { path, mediaType } = server.chat;
    const post = { path, headers: { accept: mediaType, ...server.headers }, body: requestBody(request) };
    const { isLocal } = connection;
    const catchUp = () => connection.catchUp();
    startMs = connection.post(post, {
      onHead: (head) => {
        const encoding = head.headers.get('content-encoding');
        if (encoding !== undefined && encoding !== 'identity') settle({ ok: false, failure: encoded(head, encoding) });
        else if (head.status !== 200) reading = readRefusal(head, catchUp, settle);
        else {
          const contentType = head.headers.get('content-type') ?? '';
          const watched = { readsAlong, onFirstToken, onRead, catchUp };
          reading = readStream({ server, maxTokens, startMs, contentType, isLocal, ...watched }, settle);
        }
      },
      get onRead() {
        return reading?.read;
      },
      onBody: (bytes, atMs) => reading?.take(bytes, atMs),
      get onSpan() {
        return reading?.takeSpan;
      },
      onEnd: (atMs) => reading?.end(atMs),
      onError: (error) => settle({ ok: false, failure: failureOfTransport(error) }, !connection.wasAnswered),
    });
    request.onSent?.();
  });
}
