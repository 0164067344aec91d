/** How the inference server behind a local port was started. */
import { join } from 'node:path';
import type { HardwareMachine } from '../gpu-source.js';
import { findProgram, runProgram } from './program.js';
import { serverProcesses } from './server-process.js';
import { readSystemFile } from './system-file.js';

type Where = Pick<HardwareMachine, 'platform' | 'root' | 'env'>;

/**
 * The command line of the process that listens on the port, program first. On macOS, where it comes as one text,
 * arguments with blanks fall apart. `undefined` where it cannot be told.
 */
export async function serverCommand(machine: Where, port: number): Promise<readonly string[] | undefined> {
  const text = machine.platform === 'darwin' ? await macCommand(machine, port) : await linuxCommand(machine, port);
  return text === undefined || text.length === 0 ? undefined : text;
}

async function linuxCommand({ root }: Where, port: number): Promise<readonly string[] | undefined> {
  const [listener] = (await serverProcesses(root, port)) ?? [];
  if (listener === undefined) return undefined;
  const text = await readSystemFile(join(root, 'proc', String(listener), 'cmdline'));
  return text?.split('\0').filter((argument) => argument !== '');
}

const TOOL_TIMEOUT_MS = 2000;
// Not on everybody's PATH.
const SYSTEM_FOLDERS = ['/usr/sbin', '/usr/bin', '/bin'];

async function macCommand(machine: Where, port: number): Promise<readonly string[] | undefined> {
  const listener = await said(machine, 'lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-t']);
  const pid = /^\d+/.exec(listener ?? '')?.[0];
  if (pid === undefined) return undefined;
  const command = await said(machine, 'ps', ['-ww', '-o', 'command=', '-p', pid]);
  return command
    ?.trim()
    .split(/\s+/)
    .filter((argument) => argument !== '');
}

async function said(machine: Where, name: string, args: readonly string[]): Promise<string | undefined> {
  const path = await findProgram(name, machine, SYSTEM_FOLDERS);
  if (path === undefined) return undefined;
  const { exitCode, stdout } = await runProgram(path, args, { env: machine.env, timeoutMs: TOOL_TIMEOUT_MS });
  return exitCode === 0 ? stdout : undefined;
}
