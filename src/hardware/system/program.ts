/** Finding and running a vendor's command-line tool. */
import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { type Clock, systemClock } from '../../shared/clock.js';

/**
 * Absolute path of an executable on `PATH`, then in `furtherFolders`; `undefined` where there is none. Looked up here
 * instead of by a shell, so that the process started is the tool itself and ends with us.
 */
export async function findProgram(
  name: string,
  machine: { readonly platform: NodeJS.Platform; readonly env: NodeJS.ProcessEnv },
  furtherFolders: readonly string[] = [],
): Promise<string | undefined> {
  const file = machine.platform === 'win32' ? `${name}.exe` : name;
  const onPath = (machine.env['PATH'] ?? machine.env['Path'] ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const folder of [...onPath, ...furtherFolders]) {
    const path = join(folder, file);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface ProgramOutput {
  /** `undefined` where the program could not be started, was killed or took too long. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Set where it was killed for taking too long; resolves when it is gone, which may be never. */
  readonly tookTooLong?: Promise<void> | undefined;
}

export interface ProgramOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
  /** Whose time the limit is; the machine's own where none is given. */
  readonly clock?: Clock;
}

const MAX_OUTPUT_BYTES = 4 * 2 ** 20;

// How long a killed tool is waited for: one that hangs inside its driver dies only when the driver lets it.
const DEATH_MS = 500;

/**
 * Runs a tool to its end, or kills it after `timeoutMs` of the clock. Never rejects: what went wrong is in the output.
 */
export function runProgram(path: string, args: readonly string[], options: ProgramOptions): Promise<ProgramOutput> {
  const { env, timeoutMs, clock = systemClock(() => performance.now()) } = options;
  return new Promise((resolve) => {
    let cancel: () => void = () => undefined;
    let isKilled = false;
    const child = execFile(path, args, { env, maxBuffer: MAX_OUTPUT_BYTES, windowsHide: true }, (error, out, err) => {
      cancel();
      resolve({
        exitCode: isKilled ? undefined : exitCodeOf(error),
        stdout: out,
        stderr: err,
        tookTooLong: isKilled ? gone : undefined,
      });
    });
    const gone = new Promise<void>((left) => {
      child.once('exit', () => left());
    });
    cancel = clock.after(timeoutMs, () => {
      isKilled = true;
      child.kill('SIGKILL');
      cancel = clock.after(DEATH_MS, () => {
        child.unref();
        resolve({ exitCode: undefined, stdout: '', stderr: '', tookTooLong: gone });
      });
    });
  });
}

function exitCodeOf(error: Error | null): number | undefined {
  if (error === null) return 0;
  return 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}
