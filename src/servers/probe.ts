/** Memoised GETs against one base, so that all families asking the same path cost one request. */

import { setMaxListeners } from 'node:events';
import type { TlsTrust } from '../benchmark/client/tls-trust.js';
import { parsedJson } from '../benchmark/json-text.js';
import { askHttp, type HttpAnswer } from './http-client.js';
import { ServerError } from './server-error.js';

export interface ProbeAnswer extends HttpAnswer {
  /** The parsed body; `undefined` where it is not JSON. */
  readonly json: unknown;
}

export interface Probe {
  readonly apiBase: string;
  /** Whatever the server answered to the path; `undefined` where it gave no complete answer in time. */
  get(path: string): Promise<ProbeAnswer | undefined>;
}

/** A probe with what its owner needs: what came so far, and an end to what is still under way. */
export interface OpenProbe extends Probe {
  readonly answers: ReadonlyMap<string, ProbeAnswer>;
  readonly failures: readonly ServerError[];
  /** Aborts when the probe's time is over, or it is closed. */
  readonly over: AbortSignal;
  close(): void;
}

export interface ProbeOptions {
  readonly apiBase: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls?: TlsTrust | undefined;
  /** For the probe as a whole, counted from its opening, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Opens a probe. Its `get` rejects only with the reason of `options.signal`. */
export function openProbe(options: ProbeOptions): OpenProbe {
  const { apiBase, headers, tls, timeoutMs, signal } = options;
  const deadline = AbortSignal.timeout(timeoutMs);
  const closed = new AbortController();
  const stop = AbortSignal.any([signal, deadline, closed.signal]);
  // One listener a question under way: more than Node's default of 10 is no leak here.
  setMaxListeners(0, stop);
  const asked = new Map<string, Promise<ProbeAnswer | undefined>>();
  const answers = new Map<string, ProbeAnswer>();
  const failures: ServerError[] = [];

  const ask = async (path: string): Promise<ProbeAnswer | undefined> => {
    try {
      const answer = await askHttp(`${apiBase}${path}`, { headers, tls, signal: stop });
      const read = { ...answer, json: parsedJson(answer.text) };
      answers.set(path, read);
      return read;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ServerError) failures.push(error);
      else if (deadline.aborted) failures.push(noAnswer(apiBase, timeoutMs));
      return undefined;
    }
  };
  return {
    apiBase,
    answers,
    failures,
    over: stop,
    get(path) {
      const known = asked.get(path) ?? ask(path);
      asked.set(path, known);
      return known;
    },
    close: () => closed.abort(),
  };
}

function noAnswer(apiBase: string, timeoutMs: number): ServerError {
  const advice = 'It may be overloaded, stuck or behind a firewall; check it, then try again';
  return new ServerError('timeout', `${apiBase} gave no answer within ${timeoutMs} ms. ${advice}.`);
}
