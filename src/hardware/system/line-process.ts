/** A long-lived tool that prints a line for every reading, kept running until it is stopped. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { Clock } from '../../shared/clock.js';
import { type OutputReader, type OutputSocket, openOutputSocket } from './output-socket.js';

export interface LineProcessOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  /** Without an understood line for so long the process counts as hung and is started anew. */
  readonly silenceMs: number;
  /** Whole lines without their ends, with the time of arrival. Answers whether any of them was understood. */
  readonly onLines: (lines: readonly string[], atMs: number) => boolean;
  /** Told once for each end or hang, in words. */
  readonly note: (message: string) => void;
}

export interface LineProcess {
  /** Hands over now what has arrived and was put aside. */
  flush(): void;
  /** Ends the process for good. */
  stop(): void;
}

const FIRST_RESTART_MS = 1000;
const LONGEST_RESTART_MS = 60_000;

/**
 * Starts the process and restarts it, ever more slowly, when it ends or falls silent. An understood line resets the
 * waiting time. If this process dies the tool's next write finds its reader gone, which ends it.
 *
 * What arrives is stamped at once but read in batches: a few lines five times a second find cold caches, and cost as
 * much one by one as ten at a time.
 */
export function keepLineProcess(options: LineProcessOptions): LineProcess {
  const { clock } = options;
  let restartMs = FIRST_RESTART_MS;
  let cancelRestart: () => void = () => undefined;
  let run: ProcessRun | undefined;
  let stopped = false;

  async function launch(): Promise<void> {
    const next = new ProcessRun(options, {
      understood: () => {
        restartMs = FIRST_RESTART_MS;
      },
      ended: (reason) => {
        options.note(`${reason}; starting it again in ${restartMs / 1000} s`);
        cancelRestart = clock.after(restartMs, () => void launch());
        restartMs = Math.min(restartMs * 2, LONGEST_RESTART_MS);
      },
    });
    const output = await openOutputSocket(next);
    if (stopped) {
      output?.near.destroy();
      output?.far.destroy();
      return;
    }
    run = next;
    next.start(output);
  }

  void launch();
  return {
    flush: () => run?.flush(),
    stop: () => {
      stopped = true;
      cancelRestart();
      run?.stop();
    },
  };
}

interface RunListener {
  readonly understood: () => void;
  readonly ended: (reason: string) => void;
}

interface Piece {
  readonly buffer: Buffer;
  count: number;
  atMs: number;
}

const BATCH_PIECES = 32;
// A reading of eight GPUs fits; a larger one comes in several pieces.
const PIECE_BYTES = 4096;

/** One life of the process. */
class ProcessRun implements OutputReader {
  readonly #options: LineProcessOptions;
  readonly #listener: RunListener;
  readonly #lines = new LineSplitter();
  /** A ring: the next piece always goes where it was to go before a hand-over, for that memory is given away by then. */
  readonly #pieces: readonly Piece[] = Array.from({ length: BATCH_PIECES + 1 }, () => ({
    buffer: Buffer.alloc(PIECE_BYTES),
    count: 0,
    atMs: 0,
  }));
  #next = 0;
  #waiting = 0;
  #lastUnderstoodMs: number;
  #over = false;
  #release: () => void = () => undefined;
  #cancelWatch: () => void = () => undefined;

  constructor(options: LineProcessOptions, listener: RunListener) {
    this.#options = options;
    this.#listener = listener;
    this.#lastUnderstoodMs = options.clock.nowMs();
  }

  start(output: OutputSocket | undefined): void {
    const { program, args, env } = this.#options;
    const child = spawn(program, args, { env, stdio: ['ignore', output?.far ?? 'pipe', 'ignore'], windowsHide: true });
    output?.far.destroy();
    child.stdout?.on('data', (bytes: Buffer) => this.#read(bytes, this.#options.clock.nowMs()));
    const reader = output?.near ?? child.stdout;
    this.#release = () => release(child, reader);
    this.#watch(this.#options.silenceMs);
    child.once('error', (error) => this.#end(`${program} could not be started (${error.message})`));
    child.once('exit', (code, signal) => {
      const ended = () => this.#end(`${program} ended with ${signal ?? `code ${code}`}`);
      // Its last lines may still be on their way when the process is gone.
      if (reader === null || reader.closed) ended();
      else reader.once('close', ended);
    });
  }

  buffer(): Buffer {
    return this.#pieceAt(this.#next).buffer;
  }

  filled(count: number): void {
    if (this.#over) return;
    const piece = this.#pieceAt(this.#next);
    piece.count = count;
    piece.atMs = this.#options.clock.nowMs();
    this.#next += 1;
    this.#waiting += 1;
    if (this.#waiting === BATCH_PIECES) this.flush();
  }

  flush(): void {
    const first = this.#next - this.#waiting;
    const end = this.#next;
    this.#waiting = 0;
    for (let place = first; place < end; place++) {
      const { buffer, count, atMs } = this.#pieceAt(place);
      this.#read(buffer.subarray(0, count), atMs);
    }
  }

  #pieceAt(place: number): Piece {
    const piece = this.#pieces[place % this.#pieces.length];
    if (piece === undefined) throw new RangeError(`expected a place from 0, got ${place}`);
    return piece;
  }

  #read(bytes: Buffer, atMs: number): void {
    if (this.#over) return;
    const lines = this.#lines.push(bytes);
    if (lines.length === 0 || !this.#options.onLines(lines, atMs)) return;
    this.#lastUnderstoodMs = atMs;
    this.#listener.understood();
  }

  stop(): void {
    this.#over = true;
    this.#cancelWatch();
    this.#release();
  }

  #end(reason: string): void {
    if (this.#over) return;
    this.flush();
    this.stop();
    this.#listener.ended(reason);
  }

  #watch(delayMs: number): void {
    const { clock, program, silenceMs } = this.#options;
    this.#cancelWatch = clock.after(delayMs, () => {
      this.flush();
      const silentMs = clock.nowMs() - this.#lastUnderstoodMs;
      if (silentMs < silenceMs) this.#watch(silenceMs - silentMs);
      else this.#end(`${program} gave no usable line for ${Math.round(silentMs / 1000)} s`);
    });
  }
}

/** Ends a process without waiting: one that hangs inside its driver dies only when the driver lets it. */
function release(child: ChildProcess, reader: Socket | Readable | null): void {
  child.kill('SIGKILL');
  reader?.destroy();
  child.unref();
}

// A line is a few hundred bytes; more without an end is not the tool's output.
const LONGEST_LINE = 65_536;

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
