/** What the agent costs while it waits, and whether asking it disturbs what it measures. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { quantile } from '../src/benchmark/figures/statistics.js';
import { endedJob, pendingJob } from '../src/jobs/job.js';
import { forkFakeLlmServer } from '../test/fixtures/forked-fake-llm-server.js';
import { type Figure, limited, noted } from './figure.js';
import { cpuSecondsOf, rssMbOf } from './process-figures.js';
import { type StartedAgent, startAgent, startBareExporter, stopAgent } from './started-agent.js';

const HISTORY = 1000;
const LIST_REQUESTS = 300;
const STARTS = 5;
// Until then V8 collects what the start and the first scrapes have left, in several goes of some 40 ms each.
const SETTLE_MS = 20_000;
const IDLE_WINDOW_MS = 30_000;
const SCRAPE_EVERY_MS = 15_000;
const POLLS_PER_SECOND = 50;
const PAIRS = 2;

export async function agentFigures(): Promise<readonly Figure[]> {
  const server = await forkFakeLlmServer({ ttftMs: 20, tokenGapMs: 1, contextLength: 2048 });
  try {
    return await withAgent(server.url, 0, (agent) =>
      withBareExporter(async (bare) => {
        const scraping = scrapeAtRest([agent, bare]);
        const settled = delay(SETTLE_MS);
        const meanwhile = [...(await startFigures(server.url)), await listFigure(server.url)];
        await settled;
        const rest = await restFigures(agent, bare);
        scraping.end();
        return [...meanwhile, ...rest, await pollingFigure(agent.url)];
      }),
    );
  } finally {
    await server.close();
  }
}

/** In turns with a bare exporter, so that both meet the same machine; the least, since other work can only add. */
async function startFigures(target: string): Promise<readonly Figure[]> {
  const wallMs: number[] = [];
  const cpuMs: number[] = [];
  const bareCpuMs: number[] = [];
  // The first start of a build keeps what it has compiled.
  for (let start = 0; start <= STARTS; start += 1) {
    const agent = await withAgent(target, 0, async (agent) => agent);
    const bare = await withBareExporter(async (bare) => bare);
    if (start === 0) continue;
    wallMs.push(agent.startMs);
    cpuMs.push(agent.startCpuMs ?? Number.NaN);
    bareCpuMs.push(bare.startCpuMs ?? Number.NaN);
  }
  return [
    limited('agent', `start to first answer, best of ${STARTS}`, Math.min(...wallMs), {
      value: 500,
      unit: 'ms',
      digits: 0,
    }),
    times('  its CPU', { ours: Math.min(...cpuMs), theirs: Math.min(...bareCpuMs) }, { value: 1.4, unit: 'ms' }),
  ];
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

/** As Prometheus does by default. */
function scrapeAtRest(agents: readonly StartedAgent[]): { readonly end: () => void } {
  const scrape = async ({ url }: StartedAgent) => (await fetch(`${url}/metrics`)).arrayBuffer();
  const scraping = setInterval(() => void Promise.all(agents.map(scrape)), SCRAPE_EVERY_MS);
  return { end: () => clearInterval(scraping) };
}

/** With a bare exporter at rest beside it. */
async function restFigures(agent: StartedAgent, bare: StartedAgent): Promise<readonly Figure[]> {
  const both = [agent, bare] as const;
  const cpuOfBoth = () => Promise.all(both.map(({ child }) => cpuSecondsOf(child.pid)));
  const before = await cpuOfBoth();
  await delay(IDLE_WINDOW_MS);
  const after = await cpuOfBoth();
  const shareOf = (index: 0 | 1) => {
    const [begin, end] = [before[index], after[index]];
    return begin === undefined || end === undefined ? undefined : (100 * (end - begin)) / (IDLE_WINDOW_MS / 1000);
  };
  const limit = { value: 0.1, unit: '% of a core', digits: 2 };
  const [ours, theirs] = await Promise.all(both.map(({ child }) => rssMbOf(child.pid)));
  return [
    limited('agent', 'CPU at rest, scraped every 15 s', shareOf(0), limit),
    noted(limited('agent', '  of a bare exporter', shareOf(1), limit)),
    times('RSS at rest', { ours, theirs }, { value: 1.15, unit: 'MB' }),
  ];
}

/** Beside a bare exporter. */
function times(
  name: string,
  { ours = Number.NaN, theirs = Number.NaN }: { ours: number | undefined; theirs: number | undefined },
  { value, unit }: { value: number; unit: string },
): Figure {
  const figures = `${name} beside a bare exporter (${ours.toFixed(1)} : ${theirs.toFixed(1)} ${unit})`;
  const ratio = Number.isNaN(ours / theirs) ? undefined : ours / theirs;
  return limited('agent', figures, ratio, { value, unit: '×', digits: 2 });
}

async function withBareExporter<T>(use: (bare: StartedAgent) => Promise<T>): Promise<T> {
  const bare = await startBareExporter();
  try {
    return await use(bare);
  } finally {
    await stopAgent(bare);
  }
}

async function listFigure(target: string): Promise<Figure> {
  const p99Ms = await withAgent(target, HISTORY, ({ url }) => listP99Ms(url));
  return limited('agent', `GET /jobs of ${HISTORY}, p99`, p99Ms, { value: 20, unit: 'ms', digits: 1 });
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
