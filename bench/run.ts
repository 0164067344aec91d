/** Measures the product itself and prints a table for each subject as soon as it has it. Exits 1 when an aim is missed, unless told `--no-fail`. */
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { accuracyFigures } from './accuracy.js';
import { agentFigures } from './agent.js';
import { clientCpuFigures } from './client-cpu.js';
import { type Figure, figureTable, meetsAim } from './figure.js';
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
import { trendFigures } from './trends.js';

const subjects: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
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
  // Last: they only compute.
  trends: trendFigures,
  losses: () => lastingLossFigures(Number(values.series)),
};

const { values } = parseArgs({
  options: {
    'no-fail': { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    /** Of 1,000 runs, for each kind of noise that the losses are looked for in. */
    series: { type: 'string', default: '10' },
    /** That a page stays open. */
    minutes: { type: 'string', default: '1' },
  },
});

/** What takes longer than all others together is measured where it is asked for alone. */
const asked = values.only ?? Object.keys(subjects).filter((name) => name !== 'open-page');

const loadBefore = loadavg();
const figures: Figure[] = [];
const broken: string[] = [];
for (const name of asked) {
  const subject = subjects[name];
  if (subject === undefined) throw new Error(`expected one of ${Object.keys(subjects).join(', ')}, got ${name}`);
  const beginMs = performance.now();
  try {
    const measured = await subject();
    figures.push(...measured);
    process.stdout.write(`${name}, ${secondsSince(beginMs)} s\n${figureTable(measured)}\n\n`);
  } catch (error) {
    // What could not be measured, on a machine that is too busy for it, does not take the others with it.
    broken.push(name);
    process.stdout.write(`${name}, ${secondsSince(beginMs)} s: not measured: ${String(error)}\n\n`);
  }
}
const missed = figures.filter((figure) => !meetsAim(figure));
const misses = [...broken.map((name) => `${name} as a whole`), ...missed.map(({ name }) => name.trim())];
const verdict = misses.length === 0 ? 'all aims met' : `${misses.length} missed: ${misses.join('; ')}`;
process.stdout.write(`${verdict}, in ${secondsSince(0)} s\n`);
// The server, the client and whatever measures them need a core each to tell the truth.
const [before = 0] = loadBefore;
process.stdout.write(`load average before: ${before.toFixed(1)} on ${availableParallelism()} cores\n`);
if (process.env['NODE_EXTRA_CA_CERTS'] !== undefined) {
  process.stdout.write(
    'NODE_EXTRA_CA_CERTS is set: each start of Node.js reads those certificates, here and in what is beside it\n',
  );
}
if (!values['no-fail'] && misses.length > 0) process.exitCode = 1;

function secondsSince(beginMs: number): string {
  return ((performance.now() - beginMs) / 1000).toFixed(0);
}
