/** A long-lived tool that prints a line for every reading, kept running until it is stopped. */
import { type ChildProcess, spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';
import type { HardwareClock } from './hardware-clock.js';

export interface LineProcessOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly clock: HardwareClock;
  /** Without an understood line for so long the process counts as hung and is started anew. */
  readonly silenceMs: number;
  /** Whole lines without their ends, with the time of arrival. Answers whether any of them was understood. */
  readonly onLines: (lines: readonly string[], atMs: number) => boolean;
  /** Told once for each end or hang, in words. */
  readonly note: (message: string) => void;
}

const FIRST_RESTART_MS = 1000;
const LONGEST_RESTART_MS = 60_000;
// A line is a few hundred bytes; more without an end is not the tool's output.
const LONGEST_LINE = 65_536;

/**
 * Starts the process and restarts it, ever more slowly, when it ends or falls silent. An understood line resets the
 * waiting time. If this process dies the tool's next write finds a closed pipe, which ends it.
 *
 * @returns stops the process for good
 */
export function keepLineProcess(options: LineProcessOptions): () => void {
  const { clock } = options;
  let restartMs = FIRST_RESTART_MS;
  let stopRunning: () => void = () => undefined;
  let stopped = false;

  function launch(): void {
    stopRunning = runOnce(options, {
      understood: () => {
        restartMs = FIRST_RESTART_MS;
      },
      ended: (reason) => {
        options.note(`${reason}; starting it again in ${restartMs / 1000} s`);
        stopRunning = clock.after(restartMs, () => {
          if (!stopped) launch();
        });
        restartMs = Math.min(restartMs * 2, LONGEST_RESTART_MS);
      },
    });
  }

  launch();
  return () => {
    stopped = true;
    stopRunning();
  };
}

interface RunListener {
  readonly understood: () => void;
  readonly ended: (reason: string) => void;
}

function runOnce(options: LineProcessOptions, listener: RunListener): () => void {
  const { clock, program, silenceMs } = options;
  const child = spawn(program, options.args, {
    env: options.env,
    stdio: ['ignore', 'pipe', 'ignore'],
    windowsHide: true,
  });
  const lines = new LineSplitter();
  let lastUnderstoodMs = clock.nowMs();
  let over = false;

  function end(reason: string): void {
    if (over) return;
    stop();
    listener.ended(reason);
  }
  function stop(): void {
    over = true;
    cancelWatch();
    release(child);
  }
  function watch(delayMs: number): () => void {
    return clock.after(delayMs, () => {
      const silentMs = clock.nowMs() - lastUnderstoodMs;
      if (silentMs >= silenceMs) end(`${program} gave no usable line for ${Math.round(silentMs / 1000)} s`);
      else cancelWatch = watch(silenceMs - silentMs);
    });
  }
  let cancelWatch = watch(silenceMs);

  child.stdout.on('data', (chunk: Buffer) => {
    if (over) return;
    const atMs = clock.nowMs();
    const whole = lines.push(chunk);
    if (whole.length === 0 || !options.onLines(whole, atMs)) return;
    lastUnderstoodMs = atMs;
    listener.understood();
  });
  child.once('error', (error) => end(`${program} could not be started (${error.message})`));
  // 'close' and not 'exit': the last lines may still be in the pipe when the process is gone.
  child.once('close', (code, signal) => end(`${program} ended with ${signal ?? `code ${code}`}`));
  return stop;
}

/** Ends a process without waiting: one that hangs inside its driver dies only when the driver lets it. */
function release(child: ChildProcess): void {
  child.kill('SIGKILL');
  child.stdout?.destroy();
  child.unref();
}

/** Joins pieces and cuts whole lines; a half line waits for its rest. */
class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  push(chunk: Buffer): string[] {
    const pieces = (this.#rest + this.#decoder.write(chunk)).split('\n');
    const rest = pieces.pop() ?? '';
    this.#rest = rest.length > LONGEST_LINE ? '' : rest;
    return pieces.map((line) => line.trimEnd()).filter((line) => line !== '');
  }
}
