/** Ends the runner with its parent even where its own event loop no longer turns and hears no channel close. */
import { SHARE_ENV, Worker } from 'node:worker_threads';

const LOOK_EVERY_MS = 1000;
// The thread sleeps and compares two numbers: what V8 reserves for it by default would only cost memory.
const LIMITS = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1 };

/**
 * Starts a thread that kills this process within a second of its parent's death. An orphan shows by its new parent;
 * Windows gives it none, and there the closing of the channel alone ends a runner.
 */
export function watchParent(): void {
  const watch = new Worker(`(${killWithParent})(${process.ppid}, ${LOOK_EVERY_MS})`, {
    eval: true,
    env: SHARE_ENV,
    execArgv: [],
    trackUnmanagedFds: false,
    resourceLimits: LIMITS,
  });
  // A machine without room for one more thread: the runner can still measure, and ends with its channel.
  watch.on('error', () => undefined);
  watch.unref();
}

/** Runs in the thread, from its own text: it can use nothing but globals. */
function killWithParent(parent: number, everyMs: number): void {
  const never = new Int32Array(new SharedArrayBuffer(4));
  while (process.ppid === parent) Atomics.wait(never, 0, 0, everyMs);
  process.kill(process.pid, 'SIGKILL');
}
