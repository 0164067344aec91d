/** Finding and running a vendor's command-line tool. */
import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

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

const MAX_OUTPUT_BYTES = 4 * 2 ** 20;

// How long a killed tool is waited for: one that hangs inside its driver dies only when the driver lets it.
const DEATH_MS = 500;

/** Runs a tool to its end, or kills it after `timeoutMs`. Never rejects: what went wrong is in the output. */
export function runProgram(
  path: string,
  args: readonly string[],
  options: { readonly env: NodeJS.ProcessEnv; readonly timeoutMs: number },
): Promise<ProgramOutput> {
  const settings = {
    env: options.env,
    timeout: options.timeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: MAX_OUTPUT_BYTES,
    windowsHide: true,
  } as const;
  return new Promise((resolve) => {
    const child = execFile(path, args, settings, (error, stdout, stderr) => {
      clearTimeout(abandon);
      const tookTooLong = error?.killed === true && error.signal === 'SIGKILL' ? gone : undefined;
      resolve({ exitCode: exitCodeOf(error), stdout, stderr, tookTooLong });
    });
    const gone = new Promise<void>((left) => {
      child.once('exit', () => left());
    });
    const abandon = setTimeout(() => {
      child.unref();
      resolve({ exitCode: undefined, stdout: '', stderr: '', tookTooLong: gone });
    }, options.timeoutMs + DEATH_MS);
  });
}

function exitCodeOf(error: Error | null): number | undefined {
  if (error === null) return 0;
  return 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}
