/** How much of a quick run of the reference model is not spent waiting for its server. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import { type BenchmarkResult, benchmarkResultSchema } from '../src/benchmark/result.js';
import { type Figure, limited, noted } from './figure.js';
import { startAgent, stopAgent } from './started-agent.js';
import { typhonProgram } from './typhon-program.js';

const JOB_LIMIT_PERCENT = 0.8;
const COMMAND_LIMIT_PERCENT = 1.5;
// The least of them counts: other work on the machine can only add.
const ROUNDS = 2;
const MAX_OUTPUT_BYTES = 2 ** 24;
const requestClock = new URL('./clients/request-clock.js', import.meta.url).href;

export async function overheadFigures(): Promise<readonly Figure[]> {
  const storage = await mkdtemp(join(tmpdir(), 'typhon-bench-'));
  const program = [typhonProgram, 'reference', '--port', '0', '--storage.path', storage, '--log.level', 'warn'];
  const server = spawn(process.execPath, ['--import', requestClock, ...program], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  try {
    const agent = await startAgent(storage, await urlOf(server));
    let job: readonly Figure[];
    try {
      // The first job of a storage path reads the machine's inventory; those after it are what a schedule does for years.
      await readInventory(agent.url);
      const jobs: MeasuredJob[] = [];
      for (let round = 0; round < ROUNDS; round += 1) jobs.push(await measuredJob(server, agent.url));
      job = figuresOf(jobs.reduce((least, job) => (shareOf(job) < shareOf(least) ? job : least)));
    } finally {
      await stopAgent(agent);
    }
    return [...job, await commandFigure(server, storage)];
  } finally {
    if (server.exitCode === null) server.kill('SIGTERM');
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
    await rm(storage, { recursive: true, force: true });
  }
}

interface MeasuredJob {
  readonly job: FinishedJob;
  /** While the server had something to answer. */
  readonly waitingS: number;
}

async function measuredJob(server: ChildProcess, url: string): Promise<MeasuredJob> {
  const beforeS = await busySeconds(server);
  const job = await finishedJob(url);
  return { job, waitingS: (await busySeconds(server)) - beforeS };
}

/** From its start to its end, the result on stdout, with the configuration that the agent has left in `storage`. */
async function commandFigure(server: ChildProcess, storage: string): Promise<Figure> {
  const config = ['--config.file', join(storage, 'typhon.yaml'), '--storage.path', storage, '--log.level', 'error'];
  const beforeS = await busySeconds(server);
  const startMs = performance.now();
  const run = [typhonProgram, 'run', '--mode', 'quick', '--json', ...config];
  const { stdout } = await promisify(execFile)(process.execPath, run, { maxBuffer: MAX_OUTPUT_BYTES });
  const wallS = (performance.now() - startMs) / 1000;
  expectSuccess(benchmarkResultSchema.parse(JSON.parse(stdout)));
  const outsideS = wallS - ((await busySeconds(server)) - beforeS);
  return share('the same from the command line', { seconds: outsideS, wallS, limitPercent: COMMAND_LIMIT_PERCENT });
}

const answerSchema = z.object({
  status: z.string(),
  error: z.string().nullable(),
  created_at: z.iso.datetime(),
  finished_at: z.iso.datetime().nullable(),
  progress: z.object({ total: z.number().nullable() }),
  result: benchmarkResultSchema.nullable(),
});

interface FinishedJob {
  readonly createdMs: number;
  readonly finishedMs: number;
  readonly result: BenchmarkResult;
}

const POLL_MS = 500;

async function startedJob(url: string): Promise<string> {
  const accepted = await (await fetch(`${url}/jobs/run?mode=quick`, { method: 'POST' })).json();
  return z.object({ job_id: z.string() }).parse(accepted).job_id;
}

async function jobOf(url: string, id: string): Promise<z.infer<typeof answerSchema>> {
  return answerSchema.parse(await (await fetch(`${url}/jobs/${id}`)).json());
}

/** By a job that is cancelled once it has its plan. */
async function readInventory(url: string): Promise<void> {
  const id = await startedJob(url);
  while ((await jobOf(url, id)).progress.total === null) await delay(POLL_MS);
  await fetch(`${url}/jobs/${id}/cancel`, { method: 'POST' });
  while (!hasEnded(await jobOf(url, id))) await delay(POLL_MS);
}

function hasEnded({ status }: z.infer<typeof answerSchema>): boolean {
  return status !== 'pending' && status !== 'running';
}

async function finishedJob(url: string): Promise<FinishedJob> {
  const id = await startedJob(url);
  for (;;) {
    await delay(POLL_MS);
    const job = await jobOf(url, id);
    if (!hasEnded(job)) continue;
    const { result, finished_at: finishedAt, created_at: createdAt } = job;
    if (result === null || finishedAt === null) throw new Error(`the job ended as ${job.status}: ${job.error}`);
    return { result, createdMs: Date.parse(createdAt), finishedMs: Date.parse(finishedAt) };
  }
}

function wallSOf({ job: { createdMs, finishedMs } }: MeasuredJob): number {
  return (finishedMs - createdMs) / 1000;
}

function shareOf(measured: MeasuredJob): number {
  const wallS = wallSOf(measured);
  return (wallS - measured.waitingS) / wallS;
}

interface Share {
  readonly seconds: number;
  readonly wallS: number;
  readonly limitPercent: number;
}

function share(name: string, { seconds, wallS, limitPercent }: Share): Figure {
  const measured = `${name} (${seconds.toFixed(3)} of ${wallS.toFixed(1)} s)`;
  return limited('overhead', measured, (100 * seconds) / wallS, { value: limitPercent, unit: '%', digits: 2 });
}

function expectSuccess(result: BenchmarkResult): void {
  const failed = result.benchmarks.find((test) => test.runs.some((run) => !run.success));
  if (failed !== undefined) throw new Error(`a request of ${failed.test_id} failed: ${failed.error}`);
}

/** By the wall clock, in which jobs carry their times; a run takes long enough for its milliseconds. */
function figuresOf(measured: MeasuredJob): readonly Figure[] {
  const { result, createdMs, finishedMs } = measured.job;
  expectSuccess(result);
  const wallS = wallSOf(measured);
  const part = (name: string, seconds: number) => share(name, { seconds, wallS, limitPercent: JOB_LIMIT_PERCENT });
  const whole = `quick run of the reference model without waiting for its server, least of ${ROUNDS}`;
  const toPlan = '  from the job to its plan, answers of the server included';
  return [
    part(whole, wallS - measured.waitingS),
    noted(part(toPlan, (Date.parse(result.run_at) - createdMs) / 1000)),
    noted(part('  from the last test to the end', (finishedMs - Date.parse(result.finished_at)) / 1000)),
  ];
}

async function busySeconds(server: ChildProcess): Promise<number> {
  const answered = once(server, 'message');
  server.send('how long?');
  const [nanoseconds] = await answered;
  return Number(nanoseconds) / 1e9;
}

async function urlOf(server: ChildProcess): Promise<string> {
  if (server.stdout === null) throw new Error('the reference server has no stdout');
  for await (const line of createInterface({ input: server.stdout })) {
    const url = /http:\/\/[\w.:]+/.exec(line)?.[0];
    if (url !== undefined) return url;
  }
  throw new Error('the reference server ended before it named its URL');
}
