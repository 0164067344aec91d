/** Waiting for a server: one that went away, one that still loads its model. */
import { setTimeout as delay } from 'node:timers/promises';
import type { BenchmarkListener } from './benchmark-event.js';
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
 * Whether a new connection reaches the server and it lists the model, since one that answers may still be loading it:
 * `there` at once, so that it never went away; `back` after a wait; or `gone`.
 */
export async function presenceOf(run: WaitingRun): Promise<'there' | 'back' | 'gone'> {
  if (await isServing(run)) return 'there';
  const { forMs } = run.reconnectWait;
  run.emit({ type: 'phase', phase: 'connect_group', detail: 'waiting for the server to come back' });
  run.emit({ type: 'log', line: `The server went away. Waiting up to ${seconds(forMs)} for it to come back.` });
  const end = performance.now() + forMs;
  do {
    await pause(run);
    if (await isServing(run)) {
      run.emit({ type: 'log', line: 'The server is back.' });
      return 'back';
    }
  } while (performance.now() < end);
  const line = `The server did not come back within ${seconds(forMs)}: the remaining tests are skipped.`;
  run.emit({ type: 'log', line });
  return 'gone';
}

async function isServing({ server, model, signal }: WaitingRun): Promise<boolean> {
  try {
    const models = await server.models(signal);
    return models.some(({ id, loaded }) => id === model && loaded !== false);
  } catch {
    signal.throwIfAborted();
    return false;
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
