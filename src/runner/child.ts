/**
 * The runner process. It measures and does nothing else: no files, no environment, no configuration; all it needs
 * comes in one message. It ends with its parent, whatever ended that.
 */
import type { BenchmarkEvent } from '../benchmark/benchmark-event.js';
import { monotonicMs } from '../benchmark/clock.js';
import type { RunnerPhase } from '../benchmark/phase.js';
import { runBenchmark } from '../benchmark/run-benchmark.js';
import { connectServer } from '../servers/registry.js';
import { type Assignment, parentMessageSchema } from './parent-message.js';
import type { RunnerMessage } from './protocol.js';
import { RECONNECT_WAIT } from './reconnect-wait.js';

// 128 and the signal's number, as shells have it: whoever ends a runner by hand does not read that it ended well.
const SIGTERM_EXIT_CODE = 143;

const cancel = new AbortController();
const pause = new AbortController();

function notifyParent(message: RunnerMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) return resolve();
    process.send(message, () => resolve());
  });
}

function emit(event: BenchmarkEvent): void {
  void notifyParent({ type: 'event', atMs: monotonicMs(), event });
}

let hasSettledIn = false;
let settle: () => void;

/** Resolves once all that a run needs at its start has been loaded, while the server is waited for. */
export const settled = new Promise<void>((resolve) => {
  settle = resolve;
});

function onEvent(event: BenchmarkEvent): void {
  emit(event);
  if (hasSettledIn || event.type !== 'phase' || event.phase !== 'decode_wait_first_token') return;
  hasSettledIn = true;
  void settleIn();
}

/**
 * What the run needs but its start can do without. The first test's first request is on its way by then, which is its
 * warm-up in all but the longest tests: the time for this is one in which the server is waited for anyway. The server is
 * asked over HTTP between two tests; what comes of Node.js once the compiler is changed was not compiled before.
 */
async function settleIn(): Promise<void> {
  // Before the compiler is changed: what is compiled with other flags is of no use to the next start.
  settle();
  const [{ disableJit }, { watchParent }] = await Promise.all([
    import('./disable-jit.js'),
    import('./parent-watch.js'),
    import('node:http'),
  ]);
  disableJit();
  watchParent();
}

/** No secret: it only has to be like no other, and the system's generator takes 5 ms to load. */
function newNonce(): string {
  const half = () =>
    Math.floor(Math.random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  return half() + half();
}

function enter(phase: RunnerPhase, detail?: string): void {
  emit({ type: 'phase', phase, detail });
}

async function run(assignment: Assignment): Promise<void> {
  try {
    const end = await runBenchmark({
      server: connectServer(assignment.server),
      model: assignment.model,
      plan: assignment.plan,
      prompts: assignment.prompts,
      finished: assignment.finished,
      pause: pause.signal,
      newNonce,
      signal: cancel.signal,
      emit: onEvent,
      reconnectWait: RECONNECT_WAIT,
    });
    enter('idle');
    await notifyParent({ type: end });
  } catch (error) {
    if (cancel.signal.aborted) {
      enter('shutdown_cleanup');
      await notifyParent({ type: 'cancelled' });
    } else {
      enter('error', error instanceof Error ? error.message : String(error));
      await notifyParent({
        type: 'failed',
        message: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    }
  }
  process.disconnect();
}

process.on('message', (received: unknown) => {
  // Read so seldom that code made for it would cost more than it saves.
  const message = parentMessageSchema.parse(received, { jitless: true });
  if (message.type === 'cancel') {
    enter('cancel_observed');
    cancel.abort();
  } else if (message.type === 'pause') pause.abort();
  else void run(message.assignment);
});
process.on('disconnect', () => process.exit());
// Ctrl-C reaches the whole process group; the parent decides what it means.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => process.exit(SIGTERM_EXIT_CODE));

enter('idle');
// Made while the parent still finds out what is to be measured.
parentMessageSchema.safeParse(undefined, { jitless: true });
