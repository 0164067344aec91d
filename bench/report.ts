/** How long a person waits for `typhon report` on a year of history, beside the start of Node itself. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordResult } from '../src/chronicle/record.js';
import { type StoragePaths, storagePaths } from '../src/chronicle/storage.js';
import { keepTrendBook, openTrendBook, trendSettings } from '../src/judging/trend-records.js';
import { benchmarkResult, testResult } from '../test/fixtures/benchmark-result.js';
import { generatedYear, historyRuns } from '../test/fixtures/history.js';
import { childCpu } from './child-cpu.js';
import { type Figure, limited, noted } from './figure.js';
import { typhonProgram } from './typhon-program.js';

const SUBJECT = 'report';
const ROUNDS = 11;
const LIMIT_MS = 150;
/** What the trend book says of the day, which a report leaves beside it. */
const KEPT_TRENDS = 'trends_today.json';
const TESTS = ['baseline_short', 'ctx_sweep_2048', 'ctx_sweep_4096', 'ctx_sweep_8192', 'long_gen'];

export async function reportFigures(): Promise<readonly Figure[]> {
  const root = await mkdtemp(join(tmpdir(), 'typhon-bench-report-'));
  try {
    const paths = storagePaths(root);
    await recordedYear(paths);
    const report = [typhonProgram, 'report', '--storage.path', root];
    const [typhon, node] = await bestOf(report, ['-e', '0']);
    // Of a day whose trends nobody has asked for yet: what is kept of another one is passed over.
    const keptTrends = join(root, KEPT_TRENDS);
    const [first] = await bestOf(report, ['-e', '0'], () => rm(keptTrends));
    const limit = { value: LIMIT_MS, unit: 'ms', digits: 0 };
    const cpu = { value: node.cpuMs, unit: 'ms of CPU', digits: 0 };
    return [
      // The best round: whatever else the machine does can only add.
      limited(SUBJECT, `typhon report on a year of history, best of ${ROUNDS}`, typhon.wallMs, limit),
      noted(limited(SUBJECT, '  the first one of a day', first.wallMs, limit)),
      noted(limited(SUBJECT, '  node -e 0', node.wallMs, limit)),
      noted(limited(SUBJECT, '  its CPU time, as a multiple of that of node -e 0', typhon.cpuMs, cpu)),
    ];
  } finally {
    await rm(root, { recursive: true });
  }
}

/** As an agent leaves it: the rows, the last run whole, the book kept. */
async function recordedYear(paths: StoragePaths): Promise<void> {
  const runs = historyRuns({ ...generatedYear(1), tests: TESTS });
  await mkdir(paths.runs, { recursive: true });
  await writeFile(paths.chronicle, runs.map((rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')).join(''));
  const last = runs.at(-1)?.[0];
  if (last === undefined) throw new Error('expected a year of runs');
  const { machine_id, target, model } = last;
  const benchmarks = TESTS.map((test_id) => testResult({ test_id }));
  const now = new Date(Date.parse(last.run_at) + 60_000);
  const run_at = now.toISOString();
  await recordResult(benchmarkResult({ machine_id, target, model, run_at, benchmarks }), paths);
  const settings = trendSettings({ trends: { window: 20, minSamples: 5, drop: 0.1 } });
  await keepTrendBook(await openTrendBook(paths, { settings, now }), paths);
}

interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** In turns, so that both meet the same machine; `before` each round. */
async function bestOf(
  ours: readonly string[],
  beside: readonly string[],
  before: () => Promise<void> = async () => undefined,
): Promise<readonly [Cost, Cost]> {
  const programs = [ours, beside] as const;
  const best: [Cost, Cost] = [
    { wallMs: Number.POSITIVE_INFINITY, cpuMs: Number.POSITIVE_INFINITY },
    { wallMs: Number.POSITIVE_INFINITY, cpuMs: Number.POSITIVE_INFINITY },
  ];
  for (let round = 0; round < ROUNDS; round += 1) {
    await before();
    for (const index of [0, 1] as const) {
      const startMs = performance.now();
      const { cpuMs } = await childCpu(process.execPath, programs[index]);
      const wallMs = performance.now() - startMs;
      best[index] = { wallMs: Math.min(wallMs, best[index].wallMs), cpuMs: Math.min(cpuMs, best[index].cpuMs) };
    }
  }
  return best;
}
