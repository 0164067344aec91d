/** Whether a loss for good is found in whatever noise a machine makes, and how often the noise alone is taken for one. */
import { evaluate } from '../src/trends/regression.js';
import { initialState, type RegressionState } from '../src/trends/regression-state.js';
import { signals } from '../src/trends/signal.js';
import { type Figure, limited, noted } from './figure.js';
import { type NoiseKind, noiseKinds } from './noise-kinds.js';
import { options, type Rule, sampleOf, typhon } from './trend-simulation.js';

const SUBJECT = 'losses';
const FALSE_ALARM_RUNS = 1000;
/** Before the loss: forty days and a run, so that it begins at another hour than the days do. */
const QUIET_RUNS = 161;
const LOSS = 0.15;
const LATEST_RUNS = 14 * 4;
const PROMPT_RUNS = 5;
const LEVEL = 100;

/** Three times as many for losses as for false alarms, which are the longer series. */
export async function lastingLossFigures(series: number): Promise<readonly Figure[]> {
  return (Object.keys(noiseKinds) as NoiseKind[]).flatMap((kind) => {
    const found = found15(rules.typhon, kind, 3 * series);
    const alone = found15(rules['the last runs alone'], kind, 3 * series);
    const perThousand = { value: 1, unit: 'in 1,000 runs', digits: 2 };
    const missed = { value: 10, unit: '%', digits: 1 };
    return [
      limited(SUBJECT, `${kind}: false starts`, falseStarts(rules.typhon, kind, series), perThousand),
      noted(
        limited(
          SUBJECT,
          '  by the last runs alone',
          falseStarts(rules['the last runs alone'], kind, series),
          perThousand,
        ),
      ),
      limited(SUBJECT, '  a loss of 15 % not found within 14 days', found.missed, missed),
      noted(limited(SUBJECT, '    by the last runs alone', alone.missed, missed)),
      noted(limited(SUBJECT, '  not found within 5 runs', found.late, missed)),
      noted(limited(SUBJECT, '  found, but forgotten on the 14th day', found.forgotten, missed)),
    ];
  });
}

export const rules = {
  typhon,
  /** Without the month before them. */
  'the last runs alone': () => {
    let state: RegressionState = initialState;
    let run = 0;
    return (value) => {
      state = evaluate(state, sampleOf(run, value), signals.decode_speed, options).state;
      run += 1;
      return state.status === 'regressed';
    };
  },
} satisfies Record<string, Rule>;

/** In 1,000 runs that nothing but the noise disturbs. */
export function falseStarts(rule: Rule, kind: NoiseKind, series: number): number {
  let starts = 0;
  for (let index = 0; index < series; index += 1) {
    const [machine, watch] = [noiseKinds[kind](5000 + index * 7919), rule()];
    let before = false;
    for (let run = 0; run < FALSE_ALARM_RUNS; run += 1) {
      const now = watch(LEVEL * machine());
      if (now && !before) starts += 1;
      before = now;
    }
  }
  return (1000 * starts) / (series * FALSE_ALARM_RUNS);
}

export interface Found {
  /** In percent of the series, as all of them: not found within 14 days, not within five runs, no longer told on the last of the days. */
  readonly missed: number;
  readonly late: number;
  readonly forgotten: number;
}

/** A loss of 15 % for good, after forty days. */
export function found15(rule: Rule, kind: NoiseKind, series: number): Found {
  let [missed, late, forgotten] = [0, 0, 0];
  for (let index = 0; index < series; index += 1) {
    const [machine, watch] = [noiseKinds[kind](77 + index * 104_729), rule()];
    for (let run = 0; run < QUIET_RUNS; run += 1) watch(LEVEL * machine());
    const alarms = Array.from({ length: LATEST_RUNS }, () => watch(LEVEL * (1 - LOSS) * machine()));
    const first = alarms.indexOf(true);
    if (first === -1) missed += 1;
    else if (alarms.at(-1) !== true) forgotten += 1;
    if (first === -1 || first >= PROMPT_RUNS) late += 1;
  }
  return { missed: (100 * missed) / series, late: (100 * late) / series, forgotten: (100 * forgotten) / series };
}
