/** What the agent costs while it waits, and whether asking it disturbs what it measures. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { quantile } from '../src/benchmark/figures/statistics.js';
import { endedJob, pendingJob } from '../src/jobs/job.js';
import { forkFakeLlmServer } from '../test/fixtures/forked-fake-llm-server.js';
import { type Figure, limited } from './figure.js';
import { cpuSecondsOf, rssMbOf } from './process-figures.js';
import { type StartedAgent, startAgent, stopAgent } from './started-agent.js';

const HISTORY = 1000;
const LIST_REQUESTS = 300;
// The first seconds still pay for the start: compiling what ran, collecting its garbage.
const SETTLE_MS = 15_000;
const IDLE_WINDOW_MS = 30_000;
const POLLS_PER_SECOND = 50;
const PAIRS = 3;

export async function agentFigures(): Promise<readonly Figure[]> {
  const server = await forkFakeLlmServer({ ttftMs: 20, tokenGapMs: 1, contextLength: 2048 });
  try {
    return [
      ...(await withAgent(server.url, 0, async (agent) => [
        limited('agent', 'start to first answer', agent.startMs, { value: 500, unit: 'ms', digits: 0 }),
        ...(await idleFigures(agent)),
        await pollingFigure(agent.url),
      ])),
      ...(await withAgent(server.url, HISTORY, async ({ url }) => [
        limited('agent', `GET /jobs of ${HISTORY}, p99`, await listP99Ms(url), { value: 20, unit: 'ms', digits: 1 }),
      ])),
    ];
  } finally {
    await server.close();
  }
}

async function withAgent<T>(target: string, history: number, use: (agent: StartedAgent) => Promise<T>): Promise<T> {
  const storage = await mkdtemp(join(tmpdir(), 'typhon-bench-'));
  await writeHistory(storage, history);
  const agent = await startAgent(storage, target);
  try {
    return await use(agent);
  } finally {
    await stopAgent(agent);
    await rm(storage, { recursive: true, force: true });
  }
}

async function writeHistory(storage: string, jobs: number): Promise<void> {
  const folder = join(storage, 'logs', 'jobs');
  await mkdir(folder, { recursive: true });
  for (let index = 0; index < jobs; index += 1) {
    const at = new Date(Date.UTC(2026, 0, 1) + index * 60_000);
    const id = index.toString(16).padStart(8, '0');
    const job = endedJob(pendingJob(id, { mode: 'quick', trigger: 'api' }, at), { status: 'cancelled' }, at);
    await writeFile(join(folder, `${id}.json`), JSON.stringify(job));
  }
}

async function idleFigures({ child }: StartedAgent): Promise<readonly Figure[]> {
  await delay(SETTLE_MS);
  const rssMb = await rssMbOf(child.pid);
  const before = await cpuSecondsOf(child.pid);
  await delay(IDLE_WINDOW_MS);
  const after = await cpuSecondsOf(child.pid);
  const share = before === undefined || after === undefined ? undefined : (after - before) / (IDLE_WINDOW_MS / 1000);
  return [
    limited('agent', 'RSS at rest', rssMb, { value: 90, unit: 'MB', digits: 1 }),
    limited('agent', 'CPU at rest', share === undefined ? undefined : 100 * share, {
      value: 0.2,
      unit: '%',
      digits: 2,
    }),
  ];
}

async function listP99Ms(url: string): Promise<number | undefined> {
  const times: number[] = [];
  for (let request = 0; request < LIST_REQUESTS; request += 1) {
    const begin = performance.now();
    await (await fetch(`${url}/jobs`)).arrayBuffer();
    times.push(performance.now() - begin);
  }
  return quantile(times, 0.99);
}

/** Paired runs: the same benchmark with and without somebody asking for its status 50 times a second. */
async function pollingFigure(url: string): Promise<Figure> {
  const changes: number[] = [];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const alone = await decodeSpeed(url, 0);
    const polled = await decodeSpeed(url, POLLS_PER_SECOND);
    changes.push(100 * Math.abs(polled / alone - 1));
  }
  return limited('agent', 'decode speed changed by 50 polls a second, median', quantile(changes, 0.5), {
    value: 1,
    unit: '%',
    digits: 2,
  });
}

async function decodeSpeed(url: string, pollsPerSecond: number): Promise<number> {
  const { job_id: id } = (await (await fetch(`${url}/jobs/run?mode=quick`, { method: 'POST' })).json()) as {
    job_id: string;
  };
  for (;;) {
    const job = (await (await fetch(`${url}/jobs/${id}`)).json()) as Answer;
    if (job.status === 'done') return meanSpeed(job);
    if (job.status !== 'running' && job.status !== 'pending')
      throw new Error(`the job ended as ${job.status}: ${job.error}`);
    await delay(pollsPerSecond === 0 ? 1000 : 1000 / pollsPerSecond);
  }
}

interface Answer {
  readonly status: string;
  readonly error: string | null;
  readonly result: { readonly benchmarks: readonly { readonly avg_tps: number | null }[] } | null;
}

function meanSpeed({ result }: Answer): number {
  const speeds = (result?.benchmarks ?? []).flatMap(({ avg_tps: speed }) => speed ?? []);
  return speeds.reduce((sum, speed) => sum + speed, 0) / speeds.length;
}
