/** Waiting for a server: one that went away, one that still loads its model. */
import { setTimeout as delay } from 'node:timers/promises';
import type { BenchmarkListener } from './benchmark-event.js';
import { Connection } from './client/connection.js';
import type { RequestOutcome } from './client/request-timings.js';
import type { InferenceServer } from './inference-server.js';

export interface WaitingRun {
  readonly server: InferenceServer;
  readonly model: string;
  readonly signal: AbortSignal;
  readonly emit: BenchmarkListener;
  /** How long a server that went away is waited for, and how often any is asked, in milliseconds. */
  readonly reconnectWait: { readonly forMs: number; readonly everyMs: number };
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}

/** Its own rejection would be an AbortError that only wraps the reason. */
async function pause({ signal, reconnectWait }: WaitingRun): Promise<void> {
  await delay(reconnectWait.everyMs, undefined, { signal }).catch(() => signal.throwIfAborted());
}

/**
 * `there` at once, so that it never went away; `back` after a wait; `unloaded`: it answers and does not have the model
 * in memory; `gone`: no new connection reaches it.
 */
export type Presence = 'there' | 'back' | 'unloaded' | 'gone';

/** Looks after a server whose connections broke, and waits for one that went away or still loads its model. */
export async function presenceOf(run: WaitingRun): Promise<Presence> {
  let state = await stateOf(run);
  if (state === 'serving') return 'there';
  const { forMs } = run.reconnectWait;
  run.emit({ type: 'phase', phase: 'connect_group', detail: 'waiting for the server to come back' });
  const met = state === 'unreachable' ? 'The server went away.' : `The server does not offer ${run.model} any more.`;
  run.emit({ type: 'log', line: `${met} Waiting up to ${seconds(forMs)} for it to come back.` });
  const end = performance.now() + forMs;
  do {
    await pause(run);
    state = await stateOf(run);
    if (state === 'serving') {
      run.emit({ type: 'log', line: 'The server is back.' });
      return 'back';
    }
  } while (performance.now() < end);
  return presenceAfterWait(state, run);
}

function presenceAfterWait(state: Exclude<ServerState, 'serving'>, run: WaitingRun): Presence {
  const waited = seconds(run.reconnectWait.forMs);
  // What is wrong with one that is reached and tells nothing, the next test's own requests will say.
  if (state === 'silent') return 'back';
  const isGone = state === 'unreachable';
  const met = isGone
    ? `The server did not come back within ${waited}`
    : `${run.model} did not come back within ${waited}`;
  run.emit({ type: 'log', line: `${met}: the remaining tests are skipped.` });
  return isGone ? 'gone' : 'unloaded';
}

/** `silent`: it takes connections and does not tell its models. */
type ServerState = 'serving' | 'unloaded' | 'silent' | 'unreachable';

async function stateOf(run: WaitingRun): Promise<ServerState> {
  if (!(await isReached(run))) return 'unreachable';
  const isLoaded = await hasModel(run);
  if (isLoaded === undefined) return 'silent';
  return isLoaded ? 'serving' : 'unloaded';
}

const CONNECT_TIMEOUT_MS = 5000;

async function isReached({ server, signal }: Pick<WaitingRun, 'server' | 'signal'>): Promise<boolean> {
  try {
    const connection = await Connection.open(
      server,
      AbortSignal.any([signal, AbortSignal.timeout(CONNECT_TIMEOUT_MS)]),
    );
    connection.close();
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

/** Whether the server lists the model and does not say that it is out of memory; `undefined` where it gives no list. */
export async function hasModel({
  server,
  model,
  signal,
}: Pick<WaitingRun, 'server' | 'model' | 'signal'>): Promise<boolean | undefined> {
  try {
    const models = await server.models(signal);
    return models.some(({ id, loaded }) => id === model && loaded !== false);
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

// llama-server: 503 `{"error":{"message":"Loading model","type":"unavailable_error","code":503}}` on every route.
const LOADING = /\bloading\b.*\bmodel\b/i;

function isLoading(outcome: RequestOutcome): boolean {
  return !outcome.ok && outcome.failure.status === 503 && LOADING.test(outcome.failure.detail ?? '');
}

/** Asks again for as long as the server says that it loads its model, at most `forMs`; resolves with the last answer. */
export async function onceLoaded(
  run: WaitingRun,
  { forMs, ask }: { readonly forMs: number; readonly ask: () => Promise<RequestOutcome> },
): Promise<RequestOutcome> {
  let outcome = await ask();
  if (!isLoading(outcome)) return outcome;
  run.emit({ type: 'log', line: `The server is loading its model. Waiting up to ${seconds(forMs)} for it.` });
  const end = performance.now() + forMs;
  while (isLoading(outcome) && performance.now() < end) {
    await pause(run);
    outcome = await ask();
  }
  const line = isLoading(outcome) ? `The model was not loaded within ${seconds(forMs)}.` : 'The model is loaded.';
  run.emit({ type: 'log', line });
  return outcome;
}
