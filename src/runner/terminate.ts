import type { ChildProcess } from 'node:child_process';

export interface Grace {
  /** Time from the request to stop to SIGKILL, in milliseconds; SIGTERM comes halfway. */
  readonly graceMs: number;
  /** Asks the process to stop by itself. */
  readonly ask: () => void;
}

/** Ends a process in three steps: ask, SIGTERM, SIGKILL. Each is taken back once the process has exited. */
export function terminate(child: ChildProcess, { graceMs, ask }: Grace): void {
  if (child.exitCode !== null || child.signalCode !== null) return;
  ask();
  const timers = [
    setTimeout(() => child.kill('SIGTERM'), graceMs / 2),
    setTimeout(() => child.kill('SIGKILL'), graceMs),
  ];
  child.once('exit', () => {
    for (const timer of timers) clearTimeout(timer);
  });
}
