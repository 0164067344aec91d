/** What is done with an answer while it comes in: next to nothing, until it ends or falls silent. */
import { monotonicMs } from '../clock.js';
import type { InferenceServer } from '../inference-server.js';
import { Completion } from './completion.js';
import { failureOfStatus, requestFailure } from './failure.js';
import type { ReceivedSoFar } from './received-bytes.js';
import type { ReadAnswer } from './request-timings.js';
import type { ResponseHead } from './response-reader.js';
import type { TokenLog } from './token-log.js';

export interface AnswerReading {
  readonly read: (received: ReceivedSoFar, atMs: number) => void;
  readonly take: (bytes: Buffer, atMs: number) => void;
  /** True of what need not be taken any more. */
  readonly takeSpan?: TokenLog['takeSpan'] | undefined;
  readonly end: (atMs: number) => void;
  readonly stop: () => void;
}

export interface StreamToRead {
  readonly server: InferenceServer;
  readonly maxTokens: number;
  readonly startMs: number;
  readonly contentType: string;
  readonly isLocal: boolean;
  /** Read while it comes, for somebody who waits for the words: a stream that is measured is not. */
  readonly readsAlong: boolean;
  readonly onFirstToken: ((atMs: number) => void) | undefined;
  readonly onRead: ((received: ReceivedSoFar, atMs: number) => void) | undefined;
  /** Has everything taken that was read. */
  readonly catchUp: () => void;
}

type Settle = (outcome: ReadAnswer) => void;

// Far above what any server sends for a token, so that only a stream gone wrong is cut.
const STREAM_BYTES_BASE = 2 ** 20;
const STREAM_BYTES_PER_TOKEN = 2 ** 13;
const MAX_QUOTED_BYTES = 300;

/** After so much silence a stream is looked at: its end need not be the end of the response. */
const SILENCE_MS = 200;
// Some servers keep the response open after all that belongs to the answer.
const WHOLE_SILENCE_MS = 1000;
const FINISHED_SILENCE_MS = 2000;

/** The connection keeps what is read: it is taken once the stream has ended or is silent. */
export function readStream(stream: StreamToRead, settle: Settle): AnswerReading {
  const { server, maxTokens, startMs, contentType, isLocal, readsAlong, onFirstToken, onRead, catchUp } = stream;
  const completion = new Completion(server);
  const limit = STREAM_BYTES_BASE + STREAM_BYTES_PER_TOKEN * maxTokens;
  let lastMs = startMs;
  let isOver = false;
  let awaitsToken = onFirstToken !== undefined;
  let beginning = Buffer.alloc(0);
  const finish = (endMs: number) => {
    isOver = true;
    const quoted = () => beginning.toString('utf8', 0, MAX_QUOTED_BYTES);
    settle(completion.ended({ startMs, endMs, contentType, maxTokens, isLocal, beginning: quoted }));
  };
  // Looked at by the clock: a timer that each read puts off would cost the client more than all else it does for one.
  const look = () => {
    const silentMs = monotonicMs() - lastMs;
    if (silentMs < SILENCE_MS) return;
    catchUp();
    const { state } = completion;
    if (isOver || state === 'going-on') return;
    const patienceMs = { finished: FINISHED_SILENCE_MS, whole: WHOLE_SILENCE_MS, failed: 0 }[state];
    if (silentMs >= patienceMs) finish(lastMs);
  };
  const looking = setInterval(look, SILENCE_MS);
  let reading: NodeJS.Immediate | undefined;
  // One read of the socket may come in several pieces: they are read together once it is over.
  const readAlong = () => {
    reading ??= setImmediate(() => {
      reading = undefined;
      catchUp();
      if (!isOver && completion.state === 'failed') finish(lastMs);
    });
  };
  return {
    read: (received, atMs) => {
      lastMs = atMs;
      if (received.length > limit) {
        const words = `more than ${limit} bytes for ${maxTokens} tokens`;
        return settle({ ok: false, failure: requestFailure('bad_response', words) });
      }
      if (readsAlong) readAlong();
      else if (awaitsToken) catchUp();
      onRead?.(received, atMs);
    },
    take: (bytes, atMs) => {
      if (beginning.length < MAX_QUOTED_BYTES) beginning = Buffer.concat([beginning, bytes]);
      completion.push({ bytes, atMs });
      if (!awaitsToken || !completion.hasTokens) return;
      awaitsToken = false;
      onFirstToken?.(atMs);
    },
    // An answer that repeats itself has its first token already. Whoever reads along listens to the server's reader, which is
    // not asked of what is taken so.
    takeSpan: readsAlong ? undefined : completion.takeSpan,
    end: finish,
    stop: () => {
      isOver = true;
      clearInterval(looking);
      if (reading === undefined) return;
      // What came right before a break is part of what somebody waits for.
      clearImmediate(reading);
      reading = undefined;
      catchUp();
    },
  };
}

const MAX_ERROR_BODY = 2 ** 16;

/** Reads the body of an answer other than 200. */
export function readRefusal({ status, headers }: ResponseHead, catchUp: () => void, settle: Settle): AnswerReading {
  const parts: Buffer[] = [];
  let size = 0;
  const location = headers.get('location');
  const finish = () => {
    const text = Buffer.concat(parts).toString('utf8');
    settle({ ok: false, failure: failureOfStatus(status, text, location) });
  };
  return {
    read: catchUp,
    take: (bytes) => {
      parts.push(bytes);
      size += bytes.length;
      if (size > MAX_ERROR_BODY) finish();
    },
    end: finish,
    stop: () => undefined,
  };
}
