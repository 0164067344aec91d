/** An agent, or what it is held against, in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../test/fixtures/free-port.js';
import { cpuSecondsOf } from './process-figures.js';
import { typhonProgram } from './typhon-program.js';

export interface StartedAgent {
  readonly child: ChildProcess;
  readonly url: string;
  /** Until it answered its first request. */
  readonly startMs: number;
  /** Of its process until then. */
  readonly startCpuMs: number | undefined;
}

const bareProgram = fileURLToPath(new URL('./bare-exporter.js', import.meta.url));

/** `names`: of its targets, which are all the same server. */
export async function startAgent(
  storage: string,
  target: string,
  names: readonly string[] = ['measured'],
): Promise<StartedAgent> {
  const config = join(storage, 'typhon.yaml');
  // Without runs beyond the plan's, whose number is left to the noise of the machine.
  const benchmark = { extra_time: '0s' };
  await writeFile(
    config,
    JSON.stringify({ benchmark, schedules: [], targets: names.map((name) => ({ name, url: target })) }),
  );
  const flags = ['--config.file', config, '--storage.path', storage, '--log.level', 'error'];
  return started((port) => [typhonProgram, 'agent', ...flags, '--web.listen-address', `127.0.0.1:${port}`]);
}

/** An exporter of koa and prom-client that does nothing. */
export function startBareExporter(): Promise<StartedAgent> {
  return started((port) => [bareProgram, String(port)]);
}

async function started(argumentsOf: (port: number) => readonly string[]): Promise<StartedAgent> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const begin = performance.now();
  const child = spawn(process.execPath, argumentsOf(port), { stdio: ['ignore', 'ignore', 'inherit'] });
  while (!(await answers(url))) {
    if (child.exitCode !== null) throw new Error(`the agent ended with ${child.exitCode}`);
    await delay(5);
  }
  const startMs = performance.now() - begin;
  const startCpuS = await cpuSecondsOf(child.pid);
  return { child, url, startMs, startCpuMs: startCpuS === undefined ? undefined : 1000 * startCpuS };
}

export async function stopAgent({ child }: StartedAgent): Promise<void> {
  child.kill('SIGTERM');
  await once(child, 'exit');
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health`)).ok;
  } catch {
    return false;
  }
}
