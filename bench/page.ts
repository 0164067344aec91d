/**
 * What the web page costs: the time until it can be used where there is much to tell, until its history of 1,000 jobs
 * is turned, and what an open one costs the agent while a run is on.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Browser, chromium } from 'playwright-core';
import type { Cards } from '../src/api/routes/cards.js';
import { quantile } from '../src/benchmark/figures/statistics.js';
import { forkFakeLlmServer } from '../test/fixtures/forked-fake-llm-server.js';
import { writePast } from '../test/fixtures/page-history.js';
import { writeTargetHistories } from '../test/fixtures/target-history.js';
import { type Figure, limited, noted } from './figure.js';
import { cpuSecondsOf } from './process-figures.js';
import { type StartedAgent, startAgent, stopAgent } from './started-agent.js';

const LOADS = 7;
const JOBS = 1000;
const TURNS = 15;
const WINDOW_MS = 4000;
const PAIRS = 2;
const TARGETS = 10;
const MODELS = 5;
const RUNS = 10_000;
// Tokens at a usual pace, so that a run is on throughout the windows.
const TOKEN_GAP_MS = 20;

export async function pageFigures(): Promise<readonly Figure[]> {
  const server = await forkFakeLlmServer({ ttftMs: 20, tokenGapMs: TOKEN_GAP_MS });
  const storage = await mkdtemp(join(tmpdir(), 'typhon-bench-'));
  writePast(storage, { older: JOBS });
  const agent = await startAgent(storage, server.url);
  // As root, as which benches run in containers, Chromium's own sandbox refuses to start.
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  try {
    return [
      ...(await firstLoadFigures(browser, server.url)),
      limited('page', `${JOBS} jobs of history, a page turned, median of ${TURNS}`, await turnMs(browser, agent), {
        value: 100,
        unit: 'ms',
        digits: 0,
      }),
      limited('page', 'CPU of the agent that an open page costs while a run is on', await openShare(browser, agent), {
        value: 1,
        unit: '%',
        digits: 2,
      }),
    ];
  } finally {
    await browser.close();
    await stopAgent(agent);
    await server.close();
    await rm(storage, { recursive: true, force: true });
  }
}

/** With fifty models on ten targets and 10,000 runs of them, all of which are judged by then. */
async function firstLoadFigures(browser: Browser, server: string): Promise<readonly Figure[]> {
  const storage = await mkdtemp(join(tmpdir(), 'typhon-bench-'));
  const histories = Array.from({ length: TARGETS * MODELS }, (_, index) => ({
    target: `target-${index % TARGETS}`,
    model: `model-${index}`,
    runs: RUNS / (TARGETS * MODELS),
    slower: index === 0 ? 0.3 : 0,
  }));
  writeTargetHistories(storage, histories);
  const agent = await startAgent(storage, server, [...new Set(histories.map(({ target }) => target))]);
  try {
    await judged(agent);
    const times = await usableMs(browser, agent);
    const figure = (name: string, ms: number | undefined) =>
      limited('page', name, ms, { value: 500, unit: 'ms', digits: 0 });
    const what = `${TARGETS * MODELS} models, ${RUNS.toLocaleString('en-US')} runs`;
    return [
      figure(`usable on loopback, ${what}, median of ${LOADS}`, quantile(times, 0.5)),
      noted(figure('  the fastest of them', Math.min(...times))),
    ];
  } finally {
    await stopAgent(agent);
    await rm(storage, { recursive: true, force: true });
  }
}

/** Resolves once the agent, just started, has judged the years before the chronicle's last rows too. */
async function judged({ url }: StartedAgent): Promise<void> {
  for (;;) {
    const { cards } = (await (await fetch(`${url}/cards`)).json()) as Cards;
    if (cards.some(({ decode }) => decode?.against === 'last_month')) return;
    await delay(100);
  }
}

/** From the navigation to the first moment at which verdict, cards and button are there; nothing is cached. */
async function usableMs(browser: Browser, { url }: StartedAgent): Promise<readonly number[]> {
  const times: number[] = [];
  for (let load = 0; load < LOADS; load += 1) {
    const context = await browser.newContext();
    const page = await context.newPage();
    // Counted in the page: the way to this process and back is none of its own.
    await page.addInitScript(`
      globalThis.usableMs = new Promise((resolve) => {
        const needed = ['.verdict strong', '.target-card', '.run button[aria-disabled=false]'];
        const look = () => needed.some((one) => document.querySelector(one) === null)
          ? requestAnimationFrame(look)
          : resolve(performance.now());
        look();
      });`);
    await page.goto(url);
    times.push(await page.evaluate<number>('usableMs'));
    await context.close();
  }
  return times;
}

/** From the click to the frame in which the next page of jobs stands there. */
async function turnMs(browser: Browser, { url }: StartedAgent): Promise<number | undefined> {
  const page = await browser.newPage();
  await page.goto(`${url}/#/history`);
  await page.locator('.history tbody tr').first().waitFor();
  const times = await page.evaluate<number[]>(`(async () => {
    const newest = () => document.querySelector('.history tbody a').textContent;
    const times = [];
    while (times.length < ${TURNS}) {
      const before = newest();
      const begin = performance.now();
      document.querySelector('.pages button:last-of-type').click();
      while (newest() === before) await new Promise(requestAnimationFrame);
      times.push(performance.now() - begin);
    }
    return times;
  })()`);
  await page.close();
  return quantile(times, 0.5);
}

/** Percent of a core, the median of paired windows with and without the page. */
async function openShare(browser: Browser, { url, child }: StartedAgent): Promise<number | undefined> {
  await fetch(`${url}/jobs/run?mode=full`, { method: 'POST' });
  const differences: number[] = [];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const alone = await busyShare(child.pid);
    const page = await browser.newPage();
    await page.goto(url);
    await page.locator('.run[data-state=active]').waitFor();
    const open = await busyShare(child.pid);
    await page.close();
    if (alone === undefined || open === undefined) return undefined;
    differences.push(100 * (open - alone));
  }
  return quantile(differences, 0.5);
}

async function busyShare(pid: number | undefined): Promise<number | undefined> {
  const before = await cpuSecondsOf(pid);
  await delay(WINDOW_MS);
  const after = await cpuSecondsOf(pid);
  return before === undefined || after === undefined ? undefined : (after - before) / (WINDOW_MS / 1000);
}
