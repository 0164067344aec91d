/** Whether the trends cry wolf, whether they find what is there, and what one finished run costs them. */
import type { ChronicleRow } from '../src/chronicle/row.js';
import { TrendBook } from '../src/trends/trend-book.js';
import { driverChangeAt, generatedYear, HOUR_MS, historyRuns } from '../test/fixtures/history.js';
import type { NoiseShape } from '../test/fixtures/history-noise.js';
import { type Figure, limited, noted } from './figure.js';
import { detection, falseAlarms, options, type Rule, rules } from './trend-simulation.js';

export async function trendFigures(): Promise<readonly Figure[]> {
  return [...falseAlarmFigures(), ...detectionFigures(), ...yearFigures(), ...costFigures()];
}

const SUBJECT = 'trends';
const settings = { options, isReferenceModel: () => false };
const others = Object.entries(rules).filter(([name]) => name !== 'typhon');

const perThousand = { value: 1, unit: 'in 1,000 runs', digits: 3 };

function falseAlarmFigures(): Figure[] {
  const alarms = (rule: Rule, shape: NoiseShape): number =>
    falseAlarms(rule, { shape, cv: 0.05, seed: 1, series: 100, runs: 2000 }).per1000;
  const shapes = ['normal', 'laplace', 'skewed', 'correlated'] as const;
  return shapes.flatMap((shape) => [
    limited(SUBJECT, `false alarms, ${shape} noise, cv 5 %`, alarms(rules.typhon, shape), perThousand),
    ...others.map(([name, rule]) => noted(limited(SUBJECT, `  ${name}`, alarms(rule, shape), perThousand))),
  ]);
}

const drops = [
  { drop: 0.15, cv: 0.03, runs: 100, aimed: true },
  { drop: 0.15, cv: 0.03, runs: 15, aimed: true },
  { drop: 0.12, cv: 0.02, runs: 100, aimed: false },
  { drop: 0.3, cv: 0.05, runs: 100, aimed: false },
] as const;

function detectionFigures(): Figure[] {
  const missed = { value: 10, unit: '%', digits: 1 };
  return drops.flatMap(({ drop, cv, runs, aimed }) => {
    const what = `drop of ${percent(drop)} at cv ${percent(cv)} after ${runs} runs`;
    const found = (rule: Rule) => detection(rule, { shape: 'normal', cv, drop, seed: 2, series: 500, runs });
    const lines = (name: string, rule: Rule): Figure[] => {
      const { within5, standing, recoveredWithin5 } = found(rule);
      return [
        limited(SUBJECT, `${name}: not found within 5 runs`, 100 * (1 - within5), missed),
        noted(limited(SUBJECT, '  forgotten 40 runs later, though it lasts', 100 * (1 - standing), missed)),
        noted(limited(SUBJECT, '  end not found within 5 runs', 100 * (1 - recoveredWithin5), missed)),
      ];
    };
    const [missing, ...rest] = lines(what, rules.typhon);
    if (missing === undefined) return [];
    return [
      aimed ? missing : noted(missing),
      ...rest,
      ...others.flatMap(([name, rule]) => lines(`  ${name}`, rule).slice(0, 2).map(noted)),
    ];
  });
}

const YEARS = 20;

/** Years of generated history in which all is found that is there, and years in which more is found. */
function yearFigures(): Figure[] {
  let [late, steep, wolves] = [0, 0, 0];
  for (let seed = 1; seed <= YEARS; seed += 1) {
    const year = judgedYear(seed);
    if (!year.isFoundInTime) late += 1;
    if (!year.isSlopeRight) steep += 1;
    if (year.otherAlarms > 0) wolves += 1;
  }
  const share = { value: 10, unit: '%', digits: 0 };
  return [
    limited(SUBJECT, `${YEARS} years: change not found within a day, or not by its cause`, (100 * late) / YEARS, share),
    limited(SUBJECT, `${YEARS} years: slope of the drift off by more than 20 %`, (100 * steep) / YEARS, share),
    limited(SUBJECT, `${YEARS} years: another alarm, of 15 signals over 1,412 runs`, (100 * wolves) / YEARS, share),
  ];
}

function judgedYear(seed: number) {
  const book = new TrendBook(settings);
  const rows = historyRuns(generatedYear(seed)).flat();
  const now = new Date(rows.at(-1)?.run_at ?? 0);
  const changes = book.catchUp(rows, now);
  const found = changes.filter(({ signal, verdict, at }) => {
    const cause = verdict.kind === 'started' ? verdict.regression.changes?.[0]?.factor : undefined;
    const delayMs = Date.parse(at) - driverChangeAt.getTime();
    return signal === 'decode_speed' && cause === 'gpu_driver' && delayMs >= 0 && delayMs <= 24 * HOUR_MS;
  });
  const trends = book.trends(now);
  const years = trends.flatMap(({ signals }) =>
    signals.map(({ signal, drift }) => ({ signal, drift: drift.find(({ window_days }) => window_days === 365) })),
  );
  const isRight = ({ drift }: (typeof years)[number]): boolean =>
    drift?.status === 'significant' && Math.abs(drift.ratio_per_30d / -0.01 - 1) <= 0.2;
  const drifting = years.filter(({ signal, drift }) => signal !== 'decode_speed' && drift?.status === 'significant');
  return {
    isFoundInTime: found.length === trends.length,
    isSlopeRight: years.filter(({ signal }) => signal === 'decode_speed').every(isRight),
    otherAlarms: changes.length - found.length + drifting.length,
  };
}

const TESTS = ['baseline_short', 'ctx_sweep_2048', 'ctx_sweep_4096', 'ctx_sweep_8192', 'long_gen', 'a', 'b'];
const BLOCK_RUNS = 1000;

function costFigures(): Figure[] {
  const [short, long] = [runCost(10_000), runCost(300_000)];
  const milliseconds = { value: 5, unit: 'ms of CPU', digits: 3 };
  return [
    noted(limited(SUBJECT, 'one run of 7 tests judged, after 10,000 rows', short.judgedMs, milliseconds)),
    limited(SUBJECT, 'one run of 7 tests judged, after 300,000 rows', long.judgedMs, milliseconds),
    limited(SUBJECT, 'the tail of 10,000 rows judged at start', short.caughtUpMs, { ...milliseconds, value: 2000 }),
    noted(limited(SUBJECT, 'drift of its 35 signals, computed when asked for', long.drawnMs, milliseconds)),
  ];
}

/** Rows are generated in blocks and not kept: what is measured is the book, not this program's memory. */
function runCost(rows: number): { judgedMs: number; caughtUpMs: number; drawnMs: number } {
  const book = new TrendBook(settings);
  const block = historyRuns({ seed: 1, days: BLOCK_RUNS / 4, cv: 0.02, tests: TESTS });
  const bare = block.flat().map((row) => ({ ...row, avg_prefill_tps: null, avg_ttft_s: null }));
  let time = Date.parse('2020-01-02T00:00:00.000Z');
  const now = new Date('2027-01-01T00:00:00.000Z');
  const moved = (row: ChronicleRow, index: number, round: number): ChronicleRow => {
    if (index % TESTS.length === 0) time += 60_000;
    return { ...row, run_at: new Date(time).toISOString(), run_id: `${round}-${row.run_id}` };
  };
  const rounds = Math.ceil(rows / bare.length);
  let caughtUpMs = 0;
  for (let round = 0; round < rounds; round += 1) {
    // All signals in the last tenth: it is what the states remember.
    const given = round >= rounds * 0.9 ? block.flat() : bare;
    const dated = given.map((row, index) => moved(row, index, round));
    caughtUpMs = cpuMs(() => book.catchUp(dated, now)) * (10_000 / dated.length);
  }
  const judged = block.slice(0, 200).map((run) => run.map((row, index) => moved(row, index, rounds)));
  const judgedMs = cpuMs(() => judged.map((run) => book.judge(run, now))) / judged.length;
  const drawnMs = cpuMs(() => book.trends(new Date(time)));
  return { judgedMs, caughtUpMs, drawnMs };
}

function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function percent(ratio: number): string {
  return `${Math.round(ratio * 100)} %`;
}
