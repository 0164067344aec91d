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
  /** The same for the first line of a process. */
  readonly firstSilenceMs: number;
  /** Whole lines without their ends, with the time of arrival. Answers whether any of them was understood. */
  readonly onLines: (lines: readonly string[], atMs: number) => boolean;
  /** Told of each end or hang. */
  readonly onEnd: (end: ProcessEnd) => void;
}

export interface ProcessEnd {
  /** What happened, in words. */
  readonly reason: string;
  /** It was killed because it gave no line that was understood. */
  readonly wasSilent: boolean;
  readonly retryInMs: number;
}

export interface LineProcess {
  /** Hands over now what has arrived and was put aside. */
  flush(): void;
  /** Ends the process for good. */
  stop(): void;
}

const FIRST_RESTART_MS = 1000;
const LONGEST_RESTART_MS = 30_000;
/** After a process that was understood and ended: what it reads is worth a start every few seconds. */
const LONGEST_UNDERSTOOD_RESTART_MS = 10_000;
/** A process that has gone on for so long ended for a reason of its own. */
const STEADY_MS = 60_000;

/**
 * Starts the process and restarts it, ever more slowly, when it ends or falls silent; one that has been understood for
 * a while is restarted quickly again. One that cannot be killed, because it hangs inside its driver, is waited for: there
 * are never two. If this process dies the tool's next write finds its reader gone, which ends it.
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
    if (stopped) return;
    const next = new ProcessRun(options, ({ reason, wasSilent, understoodForMs }) => {
      if ((understoodForMs ?? 0) >= STEADY_MS) restartMs = FIRST_RESTART_MS;
      const longestMs = understoodForMs === undefined ? LONGEST_RESTART_MS : LONGEST_UNDERSTOOD_RESTART_MS;
      const retryInMs = Math.min(restartMs, longestMs);
      restartMs = Math.min(retryInMs * 2, LONGEST_RESTART_MS);
      options.onEnd({ reason, wasSilent, retryInMs });
      cancelRestart = clock.after(retryInMs, () => void next.gone.then(launch));
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

interface RunEnd extends Pick<ProcessEnd, 'reason' | 'wasSilent'> {
  /** From its start to the last line that was understood; `undefined` where none was. */
  readonly understoodForMs: number | undefined;
}
type OnEnded = (end: RunEnd) => void;

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
  readonly #onEnded: OnEnded;
  readonly #startedMs: number;
  readonly #lines = new LineSplitter();
  /** A ring: the next piece always goes where it was to go before a hand-over, for that memory is given away by then. */
  readonly #pieces: readonly Piece[] = Array.from({ length: BATCH_PIECES + 1 }, () => ({
    buffer: Buffer.alloc(PIECE_BYTES),
    count: 0,
    atMs: 0,
  }));
  #next = 0;
  #waiting = 0;
  #lastUnderstoodMs: number | undefined;
  #gone: Promise<void> = Promise.resolve();
  #over = false;
  #release: () => void = () => undefined;
  #cancelWatch: () => void = () => undefined;

  constructor(options: LineProcessOptions, onEnded: OnEnded) {
    this.#options = options;
    this.#onEnded = onEnded;
    this.#startedMs = options.clock.nowMs();
  }

  /** Resolves when the system has no such process any more. */
  get gone(): Promise<void> {
    return this.#gone;
  }

  start(output: OutputSocket | undefined): void {
    const { program, args, env } = this.#options;
    const child = spawn(program, args, { env, stdio: ['ignore', output?.far ?? 'pipe', 'ignore'], windowsHide: true });
    output?.far.destroy();
    child.stdout?.on('data', (bytes: Buffer) => this.#read(bytes, this.#options.clock.nowMs()));
    const reader = output?.near ?? child.stdout;
    this.#release = () => release(child, reader);
    this.#watch(this.#options.firstSilenceMs);
    this.#gone = new Promise((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => resolve());
    });
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
    const isFirst = this.#lastUnderstoodMs === undefined;
    this.#lastUnderstoodMs = atMs;
    if (isFirst) this.#watch(this.#options.silenceMs);
  }

  stop(): void {
    this.#over = true;
    this.#cancelWatch();
    this.#release();
  }

  #end(reason: string, wasSilent = false): void {
    if (this.#over) return;
    this.flush();
    this.stop();
    const lastMs = this.#lastUnderstoodMs;
    this.#onEnded({ reason, wasSilent, understoodForMs: lastMs === undefined ? undefined : lastMs - this.#startedMs });
  }

  #watch(delayMs: number): void {
    const { clock, program, silenceMs, firstSilenceMs } = this.#options;
    this.#cancelWatch();
    this.#cancelWatch = clock.after(delayMs, () => {
      this.flush();
      const silentMs = clock.nowMs() - (this.#lastUnderstoodMs ?? this.#startedMs);
      const patienceMs = this.#lastUnderstoodMs === undefined ? firstSilenceMs : silenceMs;
      if (silentMs < patienceMs) this.#watch(patienceMs - silentMs);
      else this.#end(`${program} gave no usable line for ${Math.round(silentMs / 1000)} s`, true);
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
