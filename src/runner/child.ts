/**
 * The runner process. It measures and does nothing else: no files, no environment, no configuration; all it needs
 * comes in one message. It ends with its parent, whatever ended that.
 */
import { randomBytes } from 'node:crypto';
import type { BenchmarkEvent } from '../benchmark/benchmark-event.js';
import { monotonicMs } from '../benchmark/clock.js';
import type { RunnerPhase } from '../benchmark/phase.js';
import { runBenchmark } from '../benchmark/run-benchmark.js';
import { connectServer } from '../servers/registry.js';
import { COMEBACK } from './comeback.js';
import { restCompiler } from './compiler-rest.js';
import { watchParent } from './parent-watch.js';
import { type Assignment, parentMessageSchema, type RunnerMessage } from './protocol.js';

const NONCE_BYTES = 8;
// 128 and the signal's number, as shells have it: whoever ends a runner by hand does not read that it ended well.
const SIGTERM_EXIT_CODE = 143;

restCompiler();

const cancel = new AbortController();

function tell(message: RunnerMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) return resolve();
    process.send(message, () => resolve());
  });
}

function emit(event: BenchmarkEvent): void {
  void tell({ type: 'event', atMs: monotonicMs(), event });
}

function enter(phase: RunnerPhase, detail?: string): void {
  emit({ type: 'phase', phase, detail });
}

async function run(assignment: Assignment): Promise<void> {
  try {
    await runBenchmark({
      server: connectServer(assignment.server),
      model: assignment.model,
      plan: assignment.plan,
      prompts: assignment.prompts,
      newNonce: () => randomBytes(NONCE_BYTES).toString('hex'),
      signal: cancel.signal,
      emit,
      comeback: COMEBACK,
    });
    enter('idle');
    await tell({ type: 'finished' });
  } catch (error) {
    if (cancel.signal.aborted) {
      enter('shutdown_cleanup');
      await tell({ type: 'cancelled' });
    } else {
      enter('error', error instanceof Error ? error.message : String(error));
      await tell({ type: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  }
  process.disconnect();
}

process.on('message', (received: unknown) => {
  const message = parentMessageSchema.parse(received);
  if (message.type === 'cancel') {
    enter('cancel_observed');
    cancel.abort();
  } else void run(message.assignment);
});
process.on('disconnect', () => process.exit());
// Ctrl-C reaches the whole process group; the parent decides what it means.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => process.exit(SIGTERM_EXIT_CODE));

enter('idle');
void tell({ type: 'ready' });
// After the word that the parent waits for: until now a closed channel was heard without it.
watchParent();
