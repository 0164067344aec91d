/** One measured request: sent on an open connection, stamped at the socket, read only after its stream has ended. */
import type http from 'node:http';
import { monotonicMs } from './clock.js';
import { readCompletion } from './completion.js';
import type { Connection } from './connection.js';
import { countDataLines, DoneMark, type StampedRead } from './event-stream.js';
import { failureOfStatus, failureOfTransport, type RequestFailure, requestFailure } from './failure.js';
import type { InferenceServer, OwnTimings } from './inference-server.js';

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
  /** Called after each read with the number of chunks that began in it. */
  readonly onRead?: ((chunks: number) => void) | undefined;
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
  const body = requestBody(request);
  const { connection, server } = request;
  return new Promise((resolve) => {
    const client = connection.post(server.chatPath, server.headers, body.length);
    let startMs = 0;
    const settle = (outcome: Exchange) => {
      stop.removeEventListener('abort', onAbort);
      connection.release();
      resolve(outcome);
    };
    const fail = (failure: RequestFailure) => {
      client.destroy();
      settle({ ok: false, failure });
    };
    const onAbort = () => fail(requestFailure('cancelled'));
    stop.addEventListener('abort', onAbort, { once: true });
    client.on('error', (error) => fail(failureOfTransport(error)));
    client.on('socket', () => {
      startMs = monotonicMs();
      client.end(body);
      request.onSent?.();
    });
    client.on('response', (response) => {
      if (response.statusCode !== 200) return readError(response, settle, fail);
      readStream({
        response,
        request,
        fail,
        finish: (reads) => {
          const contentType = response.headers['content-type'] ?? '';
          settle({ ok: true, stream: { startMs, endMs: reads.endMs, reads: reads.reads, contentType } });
        },
      });
    });
  });
}

interface StreamReading {
  readonly response: http.IncomingMessage;
  readonly request: MeasuredRequest;
  readonly fail: (failure: RequestFailure) => void;
  readonly finish: (received: { reads: StampedRead[]; endMs: number }) => void;
}

/** Keeps the stamped bytes and nothing else, so that the client does next to nothing while tokens arrive. */
function readStream({ response, request, fail, finish }: StreamReading): void {
  const reads: StampedRead[] = [];
  const limit = STREAM_BYTES_BASE + STREAM_BYTES_PER_TOKEN * request.maxTokens;
  const done = new DoneMark();
  let received = 0;
  let doneTimer: NodeJS.Timeout | undefined;
  const finishOnce = () => {
    clearTimeout(doneTimer);
    finish({ reads, endMs: request.connection.readAtMs });
  };
  response.on('data', (bytes: Buffer) => {
    reads.push({ atMs: request.connection.readAtMs, bytes });
    received += bytes.length;
    if (received > limit)
      return fail(requestFailure('bad_response', `more than ${limit} bytes for ${request.maxTokens} tokens`));
    request.onRead?.(countDataLines(bytes));
    if (doneTimer === undefined && done.isIn(bytes)) {
      doneTimer = setTimeout(() => {
        response.removeAllListeners('end');
        finishOnce();
        response.destroy();
      }, DONE_GRACE_MS);
    }
  });
  response.on('end', finishOnce);
  response.on('error', (error) => {
    clearTimeout(doneTimer);
    fail(failureOfTransport(error));
  });
}

function readError(
  response: http.IncomingMessage,
  settle: (outcome: Exchange) => void,
  fail: (failure: RequestFailure) => void,
): void {
  const status = response.statusCode ?? 0;
  const parts: Buffer[] = [];
  let size = 0;
  const finish = () => settle({ ok: false, failure: failureOfStatus(status, Buffer.concat(parts).toString('utf8')) });
  response.on('data', (part: Buffer) => {
    parts.push(part);
    size += part.length;
    if (size <= MAX_ERROR_BODY) return;
    finish();
    response.destroy();
  });
  response.on('end', finish);
  response.on('error', (error) => fail(failureOfTransport(error)));
}
