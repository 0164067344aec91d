/** How much of a quick run of the reference model is not spent on its requests. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { type BenchmarkResult, benchmarkResultSchema } from '../src/benchmark/result.js';
import { type Figure, limited } from './figure.js';
import { typhonProgram } from './typhon-program.js';

const LIMIT_PERCENT = 1;
const MAX_OUTPUT_BYTES = 2 ** 26;

export async function overheadFigures(): Promise<readonly Figure[]> {
  const storage = await mkdtemp(join(tmpdir(), 'typhon-bench-'));
  const server = spawn(process.execPath, [typhonProgram, 'reference', '--port', '0', '--storage.path', storage], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const url = await urlOf(server);
    const startMs = performance.now();
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [typhonProgram, 'run', '--mode', 'quick', '--target', url, '--json', '--storage.path', storage],
      { maxBuffer: MAX_OUTPUT_BYTES },
    );
    const wallS = (performance.now() - startMs) / 1000;
    const requestsS = requestSeconds(benchmarkResultSchema.parse(JSON.parse(stdout)));
    const percent = (100 * (wallS - requestsS)) / wallS;
    const name = `quick run of the reference model beside its requests (${wallS.toFixed(1)} s : ${requestsS.toFixed(1)} s)`;
    return [limited('overhead', name, percent, { value: LIMIT_PERCENT, unit: '%', digits: 2 })];
  } finally {
    if (server.exitCode === null) server.kill('SIGTERM');
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
    await rm(storage, { recursive: true, force: true });
  }
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
