/**
 * Measures one subject in a process of its own and sends `run.ts` what it found: a program that holds the memory of earlier
 * subjects starts another one slower, by 40 ms where it holds 800 MB, and starts are what is measured.
 */
import { parseArgs } from 'node:util';
import { accuracyFigures } from './accuracy.js';
import { agentFigures } from './agent.js';
import { clientCpuFigures } from './client-cpu.js';
import type { Figure } from './figure.js';
import { lastingLossFigures } from './lasting-losses.js';
import { longHistoryFigures } from './long-history.js';
import { openPageFigures } from './open-page.js';
import { overheadFigures } from './overhead.js';
import { pageFigures } from './page.js';
import { peerFigures } from './peers.js';
import { reportFigures } from './report.js';
import { samplerFigures } from './sampler.js';
import { scrapeFigures } from './scrape.js';
import { startupFigures } from './startup.js';
import type { SubjectName } from './subject-names.js';
import { trendFigures } from './trends.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { series: { type: 'string' }, minutes: { type: 'string' } },
});

const subjects: Readonly<Record<SubjectName, () => Promise<readonly Figure[]>>> = {
  accuracy: accuracyFigures,
  client: clientCpuFigures,
  start: startupFigures,
  overhead: overheadFigures,
  agent: agentFigures,
  page: pageFigures,
  'open-page': () => openPageFigures(Number(values.minutes)),
  sampler: samplerFigures,
  report: reportFigures,
  scrape: scrapeFigures,
  history: longHistoryFigures,
  peers: peerFigures,
  trends: trendFigures,
  losses: () => lastingLossFigures(Number(values.series)),
};

const name = positionals[0] as SubjectName;
process.send?.(await measured(), () => process.exit());

async function measured(): Promise<SubjectMessage> {
  try {
    return { figures: await subjects[name]() };
  } catch (error) {
    return { reason: String(error) };
  }
}

/** What `run.ts` is sent, once. */
export type SubjectMessage = { readonly figures: readonly Figure[] } | { readonly reason: string };
