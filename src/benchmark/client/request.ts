/** One measured request: sent on an open connection, stamped at the socket, read only after its stream has ended. */

import type { InferenceServer } from '../inference-server.js';
import { type AnswerReading, readRefusal, readStream } from './answer-reading.js';
import type { ChatRequest } from './chat-protocol.js';
import type { Connection } from './connection.js';
import { failureOfTransport, type RequestFailure, requestFailure } from './failure.js';
import type { RequestOutcome } from './request-timings.js';

export interface MeasuredRequest extends ChatRequest {
  readonly server: InferenceServer;
  readonly connection: Connection;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Called when the body has been handed over. */
  readonly onSent?: (() => void) | undefined;
  /** Called after each read with the number of chunks that began in it, and with the read itself. */
  readonly onRead?: ((chunks: number, bytes: Buffer) => void) | undefined;
}

/** Sends one request and waits for the end of its stream. Never rejects: every fault is one of the closed set. */
export async function measureRequest(request: MeasuredRequest): Promise<RequestOutcome> {
  const deadline = AbortSignal.timeout(request.timeoutMs);
  const stop = AbortSignal.any([request.signal, deadline]);
  const failed = (failure: RequestFailure): RequestOutcome => {
    if (request.signal.aborted) return { ok: false, failure: requestFailure('cancelled') };
    const late = `no end of the answer after ${Math.round(request.timeoutMs / 1000)} s`;
    return { ok: false, failure: deadline.aborted ? requestFailure('timeout', late) : failure };
  };
  try {
    await request.connection.open(stop);
  } catch (error) {
    return failed(failureOfTransport(error as NodeJS.ErrnoException));
  }
  const outcome = await exchange(request, stop);
  return outcome.ok ? outcome : failed(outcome.failure);
}

function requestBody({ server, model, prompt, nonce, maxTokens }: MeasuredRequest): Buffer {
  const body = server.chat.body({ model, prompt, nonce, maxTokens });
  return Buffer.from(JSON.stringify({ ...body, ...server.requestExtras({ maxTokens, nonce }) }));
}

function exchange(request: MeasuredRequest, stop: AbortSignal): Promise<RequestOutcome> {
  const { connection, server, maxTokens, onRead } = request;
  return new Promise((resolve) => {
    let startMs = 0;
    let reading: AnswerReading | undefined;
    let settled = false;
    const settle = (outcome: RequestOutcome) => {
      // By then the connection may carry another request.
      if (settled) return;
      settled = true;
      stop.removeEventListener('abort', onAbort);
      reading?.stop();
      connection.abandon();
      resolve(outcome);
    };
    const onAbort = () => settle({ ok: false, failure: requestFailure('cancelled') });
    stop.addEventListener('abort', onAbort, { once: true });
    const { path, mediaType } = server.chat;
    const post = { path, headers: { accept: mediaType, ...server.headers }, body: requestBody(request) };
    startMs = connection.post(post, {
      onHead: ({ status, headers }) => {
        const contentType = headers.get('content-type') ?? '';
        reading =
          status === 200
            ? readStream({ server, maxTokens, startMs, contentType, onRead }, settle)
            : readRefusal(status, settle);
      },
      onBody: (bytes, atMs) => reading?.take(bytes, atMs),
      onEnd: (atMs) => reading?.end(atMs),
      onError: (error) => settle({ ok: false, failure: failureOfTransport(error) }),
    });
    request.onSent?.();
  });
}
