/** How much of a quick run of the reference model is not spent on its requests. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { type BenchmarkResult, benchmarkResultSchema } from '../src/benchmark/result.js';
import { type Figure, limited, noted } from './figure.js';
import { typhonProgram } from './typhon-program.js';

const LIMIT_PERCENT = 1;
const MAX_OUTPUT_BYTES = 2 ** 26;

export async function overheadFigures(): Promise<readonly Figure[]> {
  const storage = await mkdtemp(join(tmpdir(), 'typhon-bench-'));
  const server = spawn(
    process.execPath,
    [typhonProgram, 'reference', '--port', '0', '--storage.path', storage, '--log.level', 'warn'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  try {
    const url = await urlOf(server);
    const startMs = Date.now();
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [typhonProgram, 'run', '--mode', 'quick', '--target', url, '--json', '--storage.path', storage],
      { maxBuffer: MAX_OUTPUT_BYTES },
    );
    return figuresOf(benchmarkResultSchema.parse(JSON.parse(stdout)), startMs, Date.now());
  } finally {
    if (server.exitCode === null) server.kill('SIGTERM');
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
    await rm(storage, { recursive: true, force: true });
  }
}

/** By the wall clock, in which results carry their times; a run takes long enough for its milliseconds. */
function figuresOf(result: BenchmarkResult, startMs: number, endMs: number): readonly Figure[] {
  const wallS = (endMs - startMs) / 1000;
  const requestsS = requestSeconds(result);
  const beforeS = (Date.parse(result.run_at) - startMs) / 1000;
  const afterS = (endMs - Date.parse(result.finished_at)) / 1000;
  const share = (name: string, seconds: number): Figure =>
    limited('overhead', `${name} (${seconds.toFixed(2)} of ${wallS.toFixed(1)} s)`, (100 * seconds) / wallS, {
      value: LIMIT_PERCENT,
      unit: '%',
      digits: 2,
    });
  const oursS = wallS - requestsS;
  return [
    share('quick run of the reference model without its requests', oursS),
    noted(share('  of that until the plan is made', beforeS)),
    noted(share('  of that around the requests', oursS - beforeS - afterS)),
    noted(share('  of that from the last test to the exit', afterS)),
  ];
}

async function urlOf(server: ChildProcess): Promise<string> {
  if (server.stdout === null) throw new Error('the reference server has no stdout');
  for await (const line of createInterface({ input: server.stdout })) {
    const url = /http:\/\/[\w.:]+/.exec(line)?.[0];
    if (url !== undefined) return url;
  }
  throw new Error('the reference server ended before it named its URL');
}

/** From each request's hand-over to its end. All else counts as ours, even waiting for the server's tokenizer. */
function requestSeconds(result: BenchmarkResult): number {
  let seconds = 0;
  for (const test of result.benchmarks) {
    for (const run of [...(test.warmup_run === null ? [] : [test.warmup_run]), ...test.runs]) {
      if (!run.success) throw new Error(`${test.test_id} failed: ${run.error} ${run.error_detail ?? ''}`);
      seconds += run.elapsed_s;
    }
  }
  return seconds;
}
