/** Starts a runner process, passes on what it says, and ends it. */
import { type ChildProcess, fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { BenchmarkEvent } from '../benchmark/benchmark-event.js';
import type { Logger } from '../logger.js';
import type { Assignment, ParentMessage } from './parent-message.js';
import { type RunnerMessage, runnerMessageSchema } from './protocol.js';
import { terminate } from './terminate.js';

export type RunnerEnd =
  | { readonly status: 'finished' }
  /** As it was asked to: tests are left. */
  | { readonly status: 'paused' }
  | { readonly status: 'cancelled' }
  /** The benchmark itself broke, or the process died; `exitCode` and `signal` say how. */
  | {
      readonly status: 'crashed';
      readonly message: string;
      readonly exitCode: number | undefined;
      readonly signal: NodeJS.Signals | undefined;
    };

/** How the process itself went; both `undefined` where it never started. */
export interface RunnerExit {
  readonly exitCode: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
}

export interface RunnerOptions {
  readonly assignment: Assignment;
  readonly cancelGraceMs: number;
  readonly logger: Logger;
  /** Stamped `monotonicMs` when it happened in the runner. */
  readonly onEvent: (event: BenchmarkEvent, atMs: number) => void;
  readonly process: RunnerProcess;
}

/** A process that is up or coming up and waits for its assignment. */
export interface RunnerProcess {
  readonly child: ChildProcess;
  /** Settles the moment it is gone, before what it said last has been read; never rejects. */
  readonly exited: Promise<RunnerExit>;
  /** Settles once it is gone and all it said has been read; never rejects. */
  readonly closed: Promise<{ readonly exitCode: number | null; readonly signal: NodeJS.Signals | null }>;
  /** Hands over all that it says, beginning with what it has said so far, once what runs now is through. To be called once. */
  readonly listen: (onMessage: (message: unknown) => void) => void;
  /** Why it could not be started. */
  readonly failure: () => Error | undefined;
}

export interface Runner {
  readonly pid: number | undefined;
  /** Settles the moment the process is gone, before what it said last has been read; never rejects. */
  readonly exited: Promise<RunnerExit>;
  /** Settles with how it went once it has said that it is through, else once the process is gone; never rejects. */
  readonly ended: Promise<RunnerEnd>;
  /** Asks the runner to stop, then SIGTERM, then SIGKILL after the grace. Further calls do nothing. */
  readonly cancel: () => void;
  /** Asks the runner to begin no further test. */
  readonly pause: () => void;
}

const PROGRAM = fileURLToPath(new URL('./child.js', import.meta.url));

/**
 * Starts a process ahead of its work, so that its start-up passes while the work is still being prepared; by default of
 * the program beside this file, as it is before bundling, with the environment of this process.
 */
export function forkRunner(program: string = PROGRAM, environment?: NodeJS.ProcessEnv): RunnerProcess {
  const child = fork(program, [], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    ...(environment && { env: environment }),
  });
  // Where this process ends without another word, a runner that is stopped or wedged would not hear of it.
  const endWithUs = () => void child.kill('SIGKILL');
  process.once('exit', endWithUs);
  child.once('exit', () => process.off('exit', endWithUs));
  let failure: Error | undefined;
  const exited = new Promise<RunnerExit>((resolve) => {
    child.once('exit', (exitCode, signal) => resolve({ exitCode: exitCode ?? undefined, signal: signal ?? undefined }));
    child.once('error', () => {
      if (child.pid === undefined) resolve({ exitCode: undefined, signal: undefined });
    });
  });
  const closed: RunnerProcess['closed'] = new Promise((resolve) => {
    child.on('error', (error) => {
      failure = error;
      if (child.pid === undefined) resolve({ exitCode: null, signal: null });
    });
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal }));
  });
  // Node.js forgets what nobody listened to once the process is gone, and one that dies early says where.
  const said: unknown[] = [];
  let hear = (message: unknown): void => void said.push(message);
  child.on('message', (message) => hear(message));
  const listen: RunnerProcess['listen'] = (onMessage) =>
    queueMicrotask(() => {
      hear = onMessage;
      for (const message of said) onMessage(message);
    });
  return { child, exited, closed, listen, failure: () => failure };
}

export interface RunnerStart {
  readonly program?: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * Node.js reads all certificates in it before it does anything else: those of a whole system take it 40 ms, which is more
 * than the rest of its start. Most servers are asked in plain.
 */
const EXTRA_AUTHORITIES = 'NODE_EXTRA_CA_CERTS';

/** As `forkRunner`, for a server that is not known yet: see `runnerFor`. */
export function forkRunnerAhead({ program, environment }: RunnerStart): RunnerProcess {
  return forkRunner(program, { ...environment, [EXTRA_AUTHORITIES]: undefined });
}

/** What was started ahead where it can speak to the server at `apiBase`, else a process in its place. */
export function runnerFor(apiBase: string, ahead: RunnerProcess, { program, environment }: RunnerStart): RunnerProcess {
  if (environment[EXTRA_AUTHORITIES] === undefined || !apiBase.startsWith('https:')) return ahead;
  discardRunner(ahead);
  return forkRunner(program, environment);
}

/** Ends a process that was started ahead and is not needed: it has nothing to clean up. */
export function discardRunner({ child }: RunnerProcess): void {
  child.kill('SIGKILL');
}

/** Starts the runner's process. What goes wrong with it is told by the returned runner's promises. */
export function startRunner(options: RunnerOptions): Runner {
  const runner = options.process;
  const { child } = runner;
  const send = (message: ParentMessage) => {
    // A runner that is gone already is reported by its exit.
    if (child.connected) child.send(message, () => undefined);
  };
  let cancelled = false;
  return {
    pid: child.pid,
    exited: runner.exited,
    ended: supervise(runner, options, send, () => cancelled),
    pause: () => send({ type: 'pause' }),
    cancel: () => {
      if (cancelled) return;
      cancelled = true;
      terminate(child, { graceMs: options.cancelGraceMs, ask: () => send({ type: 'cancel' }) });
    },
  };
}

type ThroughEnd = Extract<RunnerEnd, { status: 'finished' | 'paused' }>;

const KEPT_STDERR_LINES = 20;

async function supervise(
  { child, closed, listen, failure }: RunnerProcess,
  { assignment, onEvent, logger, cancelGraceMs }: RunnerOptions,
  send: (message: ParentMessage) => void,
  wasCancelled: () => boolean,
): Promise<RunnerEnd> {
  const lastWords: string[] = [];
  let said: RunnerMessage | undefined;
  let protocolError = false;
  let isThrough: (end: ThroughEnd) => void;
  const through = new Promise<ThroughEnd>((resolve) => {
    isThrough = resolve;
  });
  if (child.stderr !== null) {
    createInterface({ input: child.stderr }).on('line', (line) => {
      logger.warn({ runner: child.pid }, line);
      lastWords.push(line);
      if (lastWords.length > KEPT_STDERR_LINES) lastWords.shift();
    });
  }
  listen((received) => {
    // What cannot be read may have been a result: nothing that follows makes such a run whole again.
    if (protocolError) return;
    const parsed = runnerMessageSchema.safeParse(received);
    if (!parsed.success) {
      protocolError = true;
      logger.error(
        { runner: child.pid, problems: parsed.error.issues },
        'the runner sent a message that is not of the protocol',
      );
      terminate(child, { graceMs: cancelGraceMs, ask: () => undefined });
      return;
    }
    const message = parsed.data;
    if (message.type === 'event') onEvent(message.event, message.atMs);
    else {
      said = message;
      if ((message.type !== 'finished' && message.type !== 'paused') || wasCancelled()) return;
      // What it found can be written down while it goes; it has nothing left to do that could take long.
      terminate(child, { graceMs: cancelGraceMs, ask: () => undefined });
      isThrough({ status: message.type });
    }
  });
  // At once: it waits in the channel until the process is up.
  send({ type: 'start', assignment });
  const exit = await Promise.race([closed, through]);
  if ('status' in exit) return exit;
  const { exitCode, signal } = exit;
  if (wasCancelled()) return { status: 'cancelled' };
  const how = signal === null ? `exit code ${exitCode}` : signal;
  const spawnError = failure();
  if (child.pid === undefined && spawnError !== undefined) {
    return { status: 'crashed', message: spawnError.message, exitCode: undefined, signal: undefined };
  }
  const words = wordsOf({ protocolError, said, spawnError, lastWords });
  const message = `the runner ended with ${how}${words === '' ? '' : `: ${words}`}`;
  return { status: 'crashed', message, exitCode: exitCode ?? undefined, signal: signal ?? undefined };
}

interface CrashDetails {
  readonly protocolError: boolean;
  readonly said: RunnerMessage | undefined;
  readonly spawnError: Error | undefined;
  readonly lastWords: readonly string[];
}

/** The best explanation there is of a crash. */
function wordsOf({ protocolError, said, spawnError, lastWords }: CrashDetails): string {
  if (protocolError) return 'it sent a message that is not of the protocol';
  if (said?.type === 'failed') return said.message;
  return spawnError?.message ?? lastWords.join('\n');
}
