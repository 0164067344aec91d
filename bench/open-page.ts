/**
 * What a page costs that stays open for long while one run follows the other: its own memory, and the agent's CPU.
 *
 * The aim is that nothing is piled up. A page that runs is compiled, function by function as they are called often enough,
 * for its first runs above all, and what is compiled is kept: so the first reading is that of a page that has shown ten runs, and
 * the last one comes so many minutes of runs later. What it held when it was opened and after one run is told beside it, and what
 * of it is objects and what is code. Nothing of the test tool's own runs in the page, since the engine would compile that as well.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type CDPSession, chromium } from 'playwright-core';
import { MINUTE_MS } from '../src/shared/units.js';
import { forkFakeLlmServer } from '../test/fixtures/forked-fake-llm-server.js';
import { writePast } from '../test/fixtures/page-history.js';
import { endOf, startByApi } from '../test/fixtures/web-agent.js';
import { type Figure, limited, noted } from './figure.js';
import { type HeapParts, heapPartsOf } from './heap-objects.js';
import { cpuSecondsOf } from './process-figures.js';
import { type StartedAgent, startAgent, stopAgent } from './started-agent.js';

const SUBJECT = 'open-page';
const JOBS = 1000;
// Tokens at a usual pace: a run lasts about as long as one does.
const TOKEN_GAP_MS = 20;
// Until most of the code is there that stays.
const WARM_UP_RUNS = 10;
/** In which it is looked whether the page shows what it is to show. */
const LOOK_MS = 250;
/** Between two sizes that are printed. */
const CURVE_MS = 5 * MINUTE_MS;
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
    await page.goto(agent.url, { waitUntil: 'networkidle' });
    const open = await runsFor(agent, minutes * MINUTE_MS, await page.context().newCDPSession(page));
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
  /** Of the page that was just opened. */
  readonly cold: number | undefined;
  /** Of the page that has shown one run. */
  readonly first: number | undefined;
  /** Of the page after each run, in bytes that are in use once the garbage is collected; the first is that of the warm page. */
  readonly heaps: readonly Size[];
  /** Of the warm page, and at the end. */
  readonly parts: readonly HeapParts[];
}

interface Size {
  /** Since the first one. */
  readonly atMs: number;
  readonly bytes: number;
}

async function runsFor({ url, child }: StartedAgent, leastMs: number, page?: CDPSession): Promise<Stay> {
  const cold = page === undefined ? undefined : await heapOf(page);
  await oneRun(url, page);
  const first = page === undefined ? undefined : await heapOf(page);
  for (let run = 1; page !== undefined && run < WARM_UP_RUNS; run += 1) await oneRun(url, page);
  const heaps = page === undefined ? [] : [{ atMs: 0, bytes: await heapOf(page) }];
  const parts = page === undefined ? [] : [await heapPartsOf(page)];
  const beginMs = performance.now();
  const before = await cpuSecondsOf(child.pid);
  let runs = 0;
  while (runs < LEAST_RUNS || performance.now() - beginMs < leastMs) {
    await oneRun(url, page);
    runs += 1;
    if (page !== undefined) heaps.push({ atMs: performance.now() - beginMs, bytes: await heapOf(page) });
  }
  const after = await cpuSecondsOf(child.pid);
  const seconds = (performance.now() - beginMs) / 1000;
  const share = before === undefined || after === undefined ? undefined : (100 * (after - before)) / seconds;
  if (page !== undefined) parts.push(await heapPartsOf(page));
  return { runs, share, cold, first, heaps, parts };
}

/** Resolves once the page has shown that it is over. */
async function oneRun(url: string, page: CDPSession | undefined): Promise<void> {
  const id = await startByApi(url);
  const end = await endOf(url, id);
  if (end !== 'done') throw new Error(`expected a run that is done, got one that is ${end}`);
  const expression = `document.querySelector('.run .notice a[href$="${id}"]') !== null`;
  while (page !== undefined) {
    if ((await page.send('Runtime.evaluate', { expression })).result.value === true) return;
    await delay(LOOK_MS);
  }
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
  const { cold, first, heaps, parts } = open;
  const [warm, last] = [heaps[0]?.bytes, heaps.at(-1)?.bytes];
  return [
    growthOf(`heap of the page more than after ${WARM_UP_RUNS} runs, ${stay}`, warm, last),
    noted(growthOf('  more than after its first run', first, last)),
    noted(growthOf('  more than when it was opened', cold, last)),
    // It is in the objects that a leak would show.
    noted(growthOf('  its objects alone', parts[0]?.objects, parts.at(-1)?.objects)),
    noted(growthOf('  its compiled code alone', parts[0]?.code, parts.at(-1)?.code)),
    { subject: SUBJECT, name: '  every 5 minutes, MB', measured: curveOf(heaps), ratio: undefined, aim: undefined },
    limited(SUBJECT, `CPU of the agent, of a core, page open during runs, ${stay}`, open.share, share),
    noted(limited(SUBJECT, `  without the page, ${alone.runs} runs`, alone.share, share)),
  ];
}

function growthOf(name: string, first: number | undefined, last: number | undefined): Figure {
  const growth = first === undefined || last === undefined ? undefined : 100 * (last / first - 1);
  const limit = { value: 10, unit: '%', digits: 1 };
  return limited(SUBJECT, `${name} (${mb(first)} : ${mb(last)} MB)`, growth, limit);
}

/** The first size of each such span of time. */
function curveOf(heaps: readonly Size[]): string {
  const spanOf = ({ atMs }: Size) => Math.floor(atMs / CURVE_MS);
  const shown = heaps.filter((heap, index) => {
    const before = heaps[index - 1];
    return before === undefined || spanOf(before) !== spanOf(heap);
  });
  return shown.map(({ bytes }) => mb(bytes)).join(', ');
}

function mb(bytes: number | undefined): string {
  return bytes === undefined ? 'unknown' : (bytes / 1e6).toFixed(2);
}
