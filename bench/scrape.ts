/** What being scraped costs, beside Debian's node exporter, and whether it disturbs what is being measured. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { quantile } from '../src/benchmark/figures/statistics.js';
import { rowsOf } from '../src/chronicle/row.js';
import { benchmarkResult, gpuStats, testResult } from '../test/fixtures/benchmark-result.js';
import { forkFakeLlmServer } from '../test/fixtures/forked-fake-llm-server.js';
import { freePort } from '../test/fixtures/free-port.js';
import { type Figure, limited, noted } from './figure.js';
import { cpuSecondsOf } from './process-figures.js';
import { type StartedAgent, startAgent, stopAgent } from './started-agent.js';

const SUBJECT = 'scrape';
const WARM_UPS = 50;
const SCRAPES = 400;
const NOTED_SCRAPES = 100;
const PAIRS = 2;
const SCRAPE_EVERY_MS = 1000;
const wallLimit = { value: 15, unit: 'ms', digits: 2 };
const cpuLimit = { value: 2.5, unit: 'ms', digits: 2 };
const speedLimit = { value: 0.5, unit: '%', digits: 2 };

export async function scrapeFigures(): Promise<readonly Figure[]> {
  const server = await forkFakeLlmServer({ ttftMs: 20, tokenGapMs: 1, contextLength: 2048 });
  try {
    return [
      ...(await costFigures(server.url, 'all series of 160 tests', { targets: 2, models: 5, tests: 16 }, SCRAPES)),
      ...(await costFigures(server.url, '  of 2,000 tests', { targets: 10, models: 10, tests: 20 }, NOTED_SCRAPES)).map(
        noted,
      ),
      ...(await nodeExporterFigures()),
      ...(await disturbanceFigures(server.url)),
    ];
  } finally {
    await server.close();
  }
}

interface Shape {
  readonly targets: number;
  readonly models: number;
  readonly tests: number;
}

async function costFigures(target: string, name: string, shape: Shape, scrapes: number): Promise<readonly Figure[]> {
  const names = Array.from({ length: shape.targets }, (_, index) => `target-${index}`);
  return withAgent(target, { names, rows: historyOf(names, shape) }, async ({ url, child }) => {
    return cost(name, `${url}/metrics`, child.pid, scrapes);
  });
}

/** One good run of each target and model, of an hour ago, as the chronicle keeps it. */
function historyOf(targets: readonly string[], { models, tests }: Shape): readonly unknown[] {
  const at = new Date(Date.now() - 3_600_000).toISOString();
  return targets.flatMap((target) =>
    Array.from({ length: models }, (_, model) => {
      const benchmarks = Array.from({ length: tests }, (_, test) =>
        testResult({ test_id: `ctx_sweep_${1024 * (test + 1)}`, ctx_size: 1024 * (test + 1), gpu_stats: gpuStats() }),
      );
      const names = { target, model: `model-${model}-q4_k_m`, run_id: `${target}-${model}` };
      return rowsOf(benchmarkResult({ ...names, run_at: at, finished_at: at, benchmarks }));
    }).flat(),
  );
}

interface History {
  readonly names: readonly string[];
  readonly rows: readonly unknown[];
}

async function withAgent<T>(target: string, history: History, use: (agent: StartedAgent) => Promise<T>): Promise<T> {
  const storage = await mkdtemp(join(tmpdir(), 'typhon-bench-'));
  await writeFile(join(storage, 'chronicle.jsonl'), history.rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const agent = await startAgent(storage, target, history.names);
  try {
    return await use(agent);
  } finally {
    await stopAgent(agent);
    await rm(storage, { recursive: true, force: true });
  }
}

/** Of an exporter at `url`, whose process is `pid`: one scrape after the other, compressed, as Prometheus asks. */
async function cost(name: string, url: string, pid: number | undefined, scrapes: number): Promise<readonly Figure[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const text = await (await fetch(url)).text();
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
  for (let scrape = 0; scrape < WARM_UPS; scrape += 1) await scraped(url, agent);
  const times: number[] = [];
  const before = await cpuSecondsOf(pid);
  for (let scrape = 0; scrape < scrapes; scrape += 1) {
    const begin = performance.now();
    await scraped(url, agent);
    times.push(performance.now() - begin);
  }
  const after = await cpuSecondsOf(pid);
  agent.destroy();
  const cpuMs = before === undefined || after === undefined ? undefined : (1000 * (after - before)) / scrapes;
  const series = `${name} (${samples.toLocaleString('en-US')} samples)`;
  return [
    limited(SUBJECT, `${series}, p99`, quantile(times, 0.99), wallLimit),
    noted(limited(SUBJECT, `${series}, median`, quantile(times, 0.5), wallLimit)),
    limited(SUBJECT, `${series}, CPU of one`, cpuMs, cpuLimit),
  ];
}

async function scraped(url: string, agent: Agent): Promise<void> {
  const headers = { accept: 'text/plain;version=0.0.4', 'accept-encoding': 'gzip' };
  await new Promise<void>((resolve, reject) => {
    get(url, { agent, headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${url} answered ${response.statusCode}`));
      response.resume().once('end', resolve).once('error', reject);
    }).once('error', reject);
  });
}

async function nodeExporterFigures(): Promise<readonly Figure[]> {
  const port = await freePort();
  const program = 'prometheus-node-exporter';
  const child = spawn(program, [`--web.listen-address=127.0.0.1:${port}`], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}/metrics`;
  if (!(await answers(url, child))) {
    return [
      { subject: SUBJECT, name: `  ${program} is not installed`, measured: '–', ratio: undefined, aim: undefined },
    ];
  }
  try {
    return (await cost(`  ${program}`, url, child.pid, NOTED_SCRAPES)).map(noted);
  } finally {
    child.kill();
    await once(child, 'exit');
  }
}

/** False where the program could not be started. */
async function answers(url: string, child: ChildProcess): Promise<boolean> {
  let failed = false;
  child.once('error', () => {
    failed = true;
  });
  for (;;) {
    if (failed || child.exitCode !== null) return false;
    const answer = await fetch(url).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.ok === true) return true;
    await delay(20);
  }
}

/** Pairs of the same quick run, one of each pair scraped every second, in turns which comes first. */
async function disturbanceFigures(target: string): Promise<readonly Figure[]> {
  const names = ['measured'];
  return withAgent(
    target,
    { names, rows: historyOf(names, { targets: 1, models: 10, tests: 20 }) },
    async ({ url }) => {
      const alone = () => decodeSpeed(url);
      const watched = () => whileScraped(url, alone);
      await watched();
      const changes: number[] = [];
      const noise: number[] = [];
      for (let pair = 0; pair < PAIRS; pair += 1) {
        const first = pair % 2 === 1 ? await watched() : undefined;
        const before = await alone();
        changes.push(...change(first ?? (await watched()), before));
        noise.push(...change(await alone(), before));
      }
      return [
        limited(SUBJECT, 'decode speed changed by a scrape every second, median', absoluteMedian(changes), speedLimit),
        noted(limited(SUBJECT, '  the same between two runs without it', absoluteMedian(noise), speedLimit)),
      ];
    },
  );
}

/** In percent; none where the machine was so busy that one of the runs has no speed. */
function change(speed: number | undefined, before: number | undefined): readonly number[] {
  return speed === undefined || before === undefined ? [] : [100 * (speed / before - 1)];
}

/** Of signed changes, so that noise to both sides cancels out and a steady slowdown does not. */
function absoluteMedian(changes: readonly number[]): number | undefined {
  const middle = quantile(changes, 0.5);
  return middle === undefined ? undefined : Math.abs(middle);
}

async function whileScraped<T>(url: string, work: () => Promise<T>): Promise<T> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let last = Promise.resolve();
  const timer = setInterval(() => {
    last = last.then(() => scraped(`${url}/metrics`, agent));
  }, SCRAPE_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    // One that is cut off would count as failed.
    await last;
    agent.destroy();
  }
}

const jobSchema = z.object({
  status: z.string(),
  error: z.string().nullable(),
  result: z.object({ benchmarks: z.array(z.object({ avg_tps: z.number().nullable() })) }).nullable(),
});

async function decodeSpeed(url: string): Promise<number | undefined> {
  const accepted: unknown = await (await fetch(`${url}/jobs/run?mode=quick`, { method: 'POST' })).json();
  const { job_id: id } = z.object({ job_id: z.string() }).parse(accepted);
  for (;;) {
    await delay(SCRAPE_EVERY_MS);
    const job = jobSchema.parse(await (await fetch(`${url}/jobs/${id}`)).json());
    if (job.status === 'pending' || job.status === 'running') continue;
    const speeds = (job.result?.benchmarks ?? []).flatMap(({ avg_tps: speed }) => speed ?? []);
    if (job.status !== 'done') throw new Error(`the job ended as ${job.status}: ${job.error}`);
    if (speeds.length === 0) return undefined;
    return speeds.reduce((sum, speed) => sum + speed, 0) / speeds.length;
  }
}
