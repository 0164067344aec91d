/** How much of a quick run of the reference model is not spent waiting for its server. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { type BenchmarkResult, benchmarkResultSchema } from '../src/benchmark/result.js';
import { type Figure, limited, noted } from './figure.js';
import { startAgent, stopAgent } from './started-agent.js';
import { typhonProgram } from './typhon-program.js';

const LIMIT_PERCENT = 1;
// The least of them counts: other work on the machine can only add.
const ROUNDS = 2;
const requestClock = new URL('./clients/request-clock.js', import.meta.url).href;

export async function overheadFigures(): Promise<readonly Figure[]> {
  const storage = await mkdtemp(join(tmpdir(), 'typhon-bench-'));
  const program = [typhonProgram, 'reference', '--port', '0', '--storage.path', storage, '--log.level', 'warn'];
  const server = spawn(process.execPath, ['--import', requestClock, ...program], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  try {
    const agent = await startAgent(storage, await urlOf(server));
    try {
      // The first job of a storage path reads the machine's inventory; those after it are what a schedule does for years.
      await readInventory(agent.url);
      const jobs: MeasuredJob[] = [];
      for (let round = 0; round < ROUNDS; round += 1) jobs.push(await measuredJob(server, agent.url));
      return figuresOf(jobs.reduce((least, job) => (shareOf(job) < shareOf(least) ? job : least)));
    } finally {
      await stopAgent(agent);
    }
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

/** By the wall clock, in which jobs carry their times; a run takes long enough for its milliseconds. */
function figuresOf(measured: MeasuredJob): readonly Figure[] {
  const { result, createdMs, finishedMs } = measured.job;
  const failed = result.benchmarks.find((test) => test.runs.some((run) => !run.success));
  if (failed !== undefined) throw new Error(`a request of ${failed.test_id} failed: ${failed.error}`);
  const wallS = wallSOf(measured);
  const share = (name: string, seconds: number): Figure =>
    limited('overhead', `${name} (${seconds.toFixed(2)} of ${wallS.toFixed(1)} s)`, (100 * seconds) / wallS, {
      value: LIMIT_PERCENT,
      unit: '%',
      digits: 2,
    });
  return [
    share(
      `quick run of the reference model without waiting for its server, least of ${ROUNDS}`,
      wallS - measured.waitingS,
    ),
    noted(
      share(
        '  from the job to its plan, answers of the server included',
        (Date.parse(result.run_at) - createdMs) / 1000,
      ),
    ),
    noted(share('  from the last test to the end', (finishedMs - Date.parse(result.finished_at)) / 1000)),
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
