import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const MAX_OUTPUT_BYTES = 2 ** 26;

export interface ChildCpu {
  /** User and system time of the program, from its start to its end. */
  readonly cpuMs: number;
  readonly stdout: string;
}

/**
 * Runs a program under bash, whose `time` is the plainest way to a finished child's `getrusage`; Node tells only its
 * own.
 */
export async function childCpu(program: string, args: readonly string[]): Promise<ChildCpu> {
  const script = 'TIMEFORMAT="%3U %3S"; time "$0" "$@"';
  const { stdout, stderr } = await promisify(execFile)('bash', ['-c', script, program, ...args], {
    maxBuffer: MAX_OUTPUT_BYTES,
    env: { ...process.env, LC_ALL: 'C' },
  });
  const times = stderr.trim().split('\n').at(-1)?.split(' ').map(Number) ?? [];
  const [userS, systemS] = times;
  if (userS === undefined || systemS === undefined || Number.isNaN(userS + systemS)) {
    throw new Error(`expected user and system time, got ${stderr}`);
  }
  return { cpuMs: 1000 * (userS + systemS), stdout };
}
