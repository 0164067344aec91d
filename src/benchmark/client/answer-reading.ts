/** What is done with the body of an answer while it comes in: kept with its stamps, and looked at once it falls silent. */
import { monotonicMs } from '../clock.js';
import type { InferenceServer } from '../inference-server.js';
import { Completion } from './completion.js';
import { failureOfStatus, requestFailure } from './failure.js';
import { ReceivedBody } from './received-body.js';
import type { ReadAnswer } from './request-timings.js';
import type { ResponseHead } from './response-reader.js';

export interface AnswerReading {
  readonly take: (bytes: Buffer, atMs: number) => void;
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
  readonly onRead: ((chunks: number, bytes: Buffer) => void) | undefined;
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

/**
 * Keeps the stamped bytes and nothing else, so that the client does next to nothing while tokens arrive. They are read
 * once the stream has ended or is silent.
 */
export function readStream(stream: StreamToRead, settle: Settle): AnswerReading {
  const { server, maxTokens, startMs, contentType, isLocal, readsAlong, onRead } = stream;
  const body = new ReceivedBody();
  const completion = new Completion(server);
  const limit = STREAM_BYTES_BASE + STREAM_BYTES_PER_TOKEN * maxTokens;
  let lastMs = startMs;
  const beginning = () => body.bytes().subarray(0, MAX_QUOTED_BYTES).toString('utf8');
  const readOn = () => {
    for (const read of body.newReads()) completion.push(read);
  };
  const finish = (endMs: number) => {
    readOn();
    settle(completion.ended({ startMs, endMs, contentType, maxTokens, isLocal, beginning }));
  };
  // Looked at by the clock: a timer that each read puts off would cost the client more than all else it does for one.
  const look = () => {
    const silentMs = monotonicMs() - lastMs;
    if (silentMs < SILENCE_MS) return;
    readOn();
    const { state } = completion;
    if (state === 'going-on') return;
    const patienceMs = { finished: FINISHED_SILENCE_MS, whole: WHOLE_SILENCE_MS, failed: 0 }[state];
    if (silentMs >= patienceMs) finish(lastMs);
  };
  const looking = setInterval(look, SILENCE_MS);
  let reading: NodeJS.Immediate | undefined;
  // One read of the socket may come in several pieces: they are read together once it is over.
  const readAlong = () => {
    reading ??= setImmediate(() => {
      reading = undefined;
      readOn();
      if (completion.state === 'failed') finish(lastMs);
    });
  };
  return {
    take: (bytes, atMs) => {
      lastMs = atMs;
      body.append(bytes, atMs);
      if (body.length > limit) {
        const words = `more than ${limit} bytes for ${maxTokens} tokens`;
        return settle({ ok: false, failure: requestFailure('bad_response', words) });
      }
      if (readsAlong) readAlong();
      onRead?.(server.chat.countEvents(bytes), bytes);
    },
    end: finish,
    stop: () => {
      clearInterval(looking);
      if (reading === undefined) return;
      // What came right before a break is part of what somebody waits for.
      clearImmediate(reading);
      readOn();
    },
  };
}

const MAX_ERROR_BODY = 2 ** 16;

/** Reads the body of an answer other than 200. */
export function readRefusal({ status, headers }: ResponseHead, settle: Settle): AnswerReading {
  const parts: Buffer[] = [];
  let size = 0;
  const location = headers.get('location');
  const finish = () => {
    const text = Buffer.concat(parts).toString('utf8');
    settle({ ok: false, failure: failureOfStatus(status, text, location) });
  };
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
