/** What a page costs that stays open for long while one run follows the other: its own memory, and the agent's CPU. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CDPSession, chromium, type Page } from 'playwright-core';
import { MINUTE_MS } from '../src/shared/units.js';
import { forkFakeLlmServer } from '../test/fixtures/forked-fake-llm-server.js';
import { writePast } from '../test/fixtures/page-history.js';
import { endOf, startByApi } from '../test/fixtures/web-agent.js';
import { type Figure, limited, noted } from './figure.js';
import { objectBytesOf } from './heap-objects.js';
import { cpuSecondsOf } from './process-figures.js';
import { type StartedAgent, startAgent, stopAgent } from './started-agent.js';

const SUBJECT = 'open-page';
const JOBS = 1000;
// Tokens at a usual pace: a run lasts about as long as one does.
const TOKEN_GAP_MS = 20;
// Until all code is there that stays.
const WARM_UP_RUNS = 1;
// A browser collects its garbage in its own time, also when it is asked to: the least of some readings is in use.
const READINGS = 3;
const LEAST_RUNS = 1;

export async function openPageFigures(minutes: number): Promise<readonly Figure[]> {
  const server = await forkFakeLlmServer({ ttftMs: 20, tokenGapMs: TOKEN_GAP_MS, contextLength: 2048 });
  const storage = await mkdtemp(join(tmpdir(), 'typhon-bench-'));
  // Done ones, so that no list of the page has room for more.
  writePast(storage, { older: JOBS, olderEnd: { status: 'done', runId: 'of-old' } });
  const agent = await startAgent(storage, server.url);
  // As root, as which benches run in containers, Chromium's own sandbox refuses to start.
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  try {
    const alone = await runsFor(agent, 0);
    const page = await browser.newPage();
    await page.goto(agent.url);
    const open = await runsFor(agent, minutes * MINUTE_MS, page);
    return figuresOf(minutes, alone, open);
  } finally {
    await browser.close();
    await stopAgent(agent);
    await server.close();
    await rm(storage, { recursive: true, force: true });
  }
}

interface Stay {
  readonly runs: number;
  /** Of the agent, in percent of a core. */
  readonly share: number | undefined;
  /** Of the page after each run, in bytes that are in use once the garbage is collected. */
  readonly heaps: readonly number[];
  /** Of the page's own, before and after. */
  readonly objects: readonly number[];
}

async function runsFor({ url, child }: StartedAgent, leastMs: number, page?: Page): Promise<Stay> {
  const debuggerOfPage = page === undefined ? undefined : await page.context().newCDPSession(page);
  for (let run = 0; run < WARM_UP_RUNS; run += 1) await oneRun(url, page);
  const heaps = debuggerOfPage === undefined ? [] : [await heapOf(debuggerOfPage)];
  const objects = debuggerOfPage === undefined ? [] : [await objectBytesOf(debuggerOfPage)];
  const beginMs = performance.now();
  const before = await cpuSecondsOf(child.pid);
  let runs = 0;
  while (runs < LEAST_RUNS || performance.now() - beginMs < leastMs) {
    await oneRun(url, page);
    runs += 1;
    if (debuggerOfPage !== undefined) heaps.push(await heapOf(debuggerOfPage));
  }
  const after = await cpuSecondsOf(child.pid);
  const seconds = (performance.now() - beginMs) / 1000;
  const share = before === undefined || after === undefined ? undefined : (100 * (after - before)) / seconds;
  if (debuggerOfPage !== undefined) objects.push(await objectBytesOf(debuggerOfPage));
  return { runs, share, heaps, objects };
}

/** Resolves once the page has shown that it is over. */
async function oneRun(url: string, page: Page | undefined): Promise<void> {
  const id = await startByApi(url);
  const end = await endOf(url, id);
  if (end !== 'done') throw new Error(`expected a run that is done, got one that is ${end}`);
  await page?.locator(`.run .notice a[href$="${id}"]`).waitFor();
}

async function heapOf(debuggerOfPage: CDPSession): Promise<number> {
  const readings: number[] = [];
  while (readings.length < READINGS) {
    await debuggerOfPage.send('HeapProfiler.collectGarbage');
    readings.push((await debuggerOfPage.send('Runtime.getHeapUsage')).usedSize);
  }
  return Math.min(...readings);
}

function figuresOf(minutes: number, alone: Stay, open: Stay): readonly Figure[] {
  const stay = `${minutes} min, ${open.runs} runs`;
  const share = { value: 1, unit: '%', digits: 2 };
  return [
    growthOf(`heap of the page more than at first, ${stay}`, open.heaps),
    // Without the code that is compiled meanwhile: it is this that a leak would show in.
    noted(growthOf('  its objects alone', open.objects)),
    limited(SUBJECT, `CPU of the agent, of a core, page open during runs, ${stay}`, open.share, share),
    noted(limited(SUBJECT, `  without the page, ${alone.runs} runs`, alone.share, share)),
  ];
}

function growthOf(name: string, sizes: readonly number[]): Figure {
  const [first, last] = [sizes[0], sizes.at(-1)];
  const growth = first === undefined || last === undefined ? undefined : 100 * (last / first - 1);
  const mb = (bytes: number | undefined) => (bytes === undefined ? 'unknown' : (bytes / 1e6).toFixed(2));
  const limit = { value: 10, unit: '%', digits: 1 };
  return limited(SUBJECT, `${name} (${mb(first)} : ${mb(last)} MB)`, growth, limit);
}
