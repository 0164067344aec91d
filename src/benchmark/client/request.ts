/** One measured request: sent on an open connection, stamped at the socket, read only after its stream has ended. */

import type { InferenceServer, OwnTimings } from '../inference-server.js';
import { readCompletion } from './completion.js';
import type { Connection } from './connection.js';
import { countDataLines, endsWithin, type StampedRead } from './event-stream.js';
import { failureOfStatus, failureOfTransport, type RequestFailure, requestFailure } from './failure.js';
import { ReceivedBody } from './received-body.js';

/** Raw stamps (`monotonicMs`) and counts of one request. Every figure is derived from these, in `run-metrics.ts`. */
export interface RequestTimings {
  /**
   * When the body was handed to the open connection: stamped right before the write, because a process that loses
   * its core after the write would stamp too late and report a TTFT that is too short.
   */
  readonly startMs: number;
  /** Stamps of the chunks with non-empty content or reasoning, in order; never empty. */
  readonly tokenStampsMs: readonly number[];
  /** Stamp of the first chunk with content, reasoning left aside. */
  readonly firstAnswerMs: number | undefined;
  readonly endMs: number;
  readonly usage: TokenUsage;
  readonly own: OwnTimings | undefined;
  /** All the text that came, reasoning included: what a tokenizer would count. */
  readonly text: string;
}

/** What `usage` said; a field is `undefined` where it said nothing. */
export interface TokenUsage {
  readonly promptTokens: number | undefined;
  readonly completionTokens: number | undefined;
  readonly cachedTokens: number | undefined;
}

export type RequestOutcome =
  | { readonly ok: true; readonly timings: RequestTimings }
  | { readonly ok: false; readonly failure: RequestFailure };

export interface MeasuredRequest {
  readonly server: InferenceServer;
  readonly connection: Connection;
  readonly model: string;
  readonly prompt: string;
  /** Opens the prompt already; given again for servers that salt their cache with it. */
  readonly nonce: string;
  readonly maxTokens: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Called when the body has been handed over. */
  readonly onSent?: (() => void) | undefined;
  /** Called after each read with the number of chunks that began in it, and with the read itself. */
  readonly onRead?: ((chunks: number, bytes: Buffer) => void) | undefined;
}

// Far above what any server sends for a token, so that only a stream gone wrong is cut.
const STREAM_BYTES_BASE = 2 ** 20;
const STREAM_BYTES_PER_TOKEN = 2 ** 13;
const MAX_ERROR_BODY = 2 ** 16;
// Some servers keep the response open after `[DONE]`.
const DONE_GRACE_MS = 1000;

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
  const received = await exchange(request, stop);
  if (!received.ok) return failed(received.failure);
  return readCompletion(received.stream, request.server);
}

/** A stream as it arrived, nothing read of it yet. */
export interface ReceivedStream {
  readonly startMs: number;
  readonly endMs: number;
  readonly reads: readonly StampedRead[];
  readonly contentType: string;
}

type Exchange = { ok: true; stream: ReceivedStream } | { ok: false; failure: RequestFailure };

function requestBody(request: MeasuredRequest): Buffer {
  return Buffer.from(
    JSON.stringify({
      model: request.model,
      messages: [{ role: 'user', content: request.prompt }],
      max_tokens: request.maxTokens,
      temperature: 0,
      stream: true,
      stream_options: { include_usage: true },
      ...request.server.requestExtras({ maxTokens: request.maxTokens, nonce: request.nonce }),
    }),
  );
}

function exchange(request: MeasuredRequest, stop: AbortSignal): Promise<Exchange> {
  const { connection, server } = request;
  return new Promise((resolve) => {
    let startMs = 0;
    let reading: AnswerReading | undefined;
    let settled = false;
    const settle = (outcome: Exchange) => {
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
    const answer = { path: server.chatPath, headers: server.headers, body: requestBody(request) };
    startMs = connection.post(answer, {
      onHead: ({ status, headers }) => {
        const contentType = headers.get('content-type') ?? '';
        const begun = () => ({ startMs, contentType });
        reading = status === 200 ? readStream(request, begun, settle) : readError(status, settle);
      },
      onBody: (bytes, atMs) => reading?.take(bytes, atMs),
      onEnd: (atMs) => reading?.end(atMs),
      onError: (error) => settle({ ok: false, failure: failureOfTransport(error) }),
    });
    request.onSent?.();
  });
}

/** What is done with the body of an answer. */
interface AnswerReading {
  readonly take: (bytes: Buffer, atMs: number) => void;
  readonly end: (atMs: number) => void;
  readonly stop: () => void;
}

type Settle = (outcome: Exchange) => void;

/** Keeps the stamped bytes and nothing else, so that the client does next to nothing while tokens arrive. */
function readStream(
  request: MeasuredRequest,
  begun: () => Pick<ReceivedStream, 'startMs' | 'contentType'>,
  settle: Settle,
): AnswerReading {
  const body = new ReceivedBody();
  const limit = STREAM_BYTES_BASE + STREAM_BYTES_PER_TOKEN * request.maxTokens;
  let doneTimer: NodeJS.Timeout | undefined;
  const finish = (endMs: number) => settle({ ok: true, stream: { ...begun(), endMs, reads: body.reads() } });
  return {
    take: (bytes, atMs) => {
      body.append(bytes, atMs);
      if (body.length > limit) {
        const words = `more than ${limit} bytes for ${request.maxTokens} tokens`;
        return settle({ ok: false, failure: requestFailure('bad_response', words) });
      }
      request.onRead?.(countDataLines(bytes), bytes);
      if (doneTimer === undefined && endsWithin(body.bytes(), bytes.length)) {
        doneTimer = setTimeout(() => finish(atMs), DONE_GRACE_MS);
      }
    },
    end: finish,
    stop: () => clearTimeout(doneTimer),
  };
}

function readError(status: number, settle: Settle): AnswerReading {
  const parts: Buffer[] = [];
  let size = 0;
  const finish = () => settle({ ok: false, failure: failureOfStatus(status, Buffer.concat(parts).toString('utf8')) });
  return {
    take: (bytes) => {
      parts.push(Buffer.from(bytes));
      size += bytes.length;
      if (size > MAX_ERROR_BODY) finish();
    },
    end: finish,
    stop: () => undefined,
  };
}
