/** What became worse about a model without making its answers slower: told beside every verdict, so that no "well" hides it. */
import type { SignalName } from '../signal.js';
import type { Trend } from '../trend.js';

const concernSignals = ['energy_per_token', 'peak_temperature', 'model_load'] as const satisfies readonly SignalName[];

export interface Concern {
  /** What it does, in words that follow the model's name or "it". */
  readonly words: readonly string[];
  /** When the first of it began, in milliseconds since the epoch; `undefined` where that is not known. */
  readonly sinceMs: number | undefined;
  /** In words; `undefined` where nothing is known. */
  readonly cause: string | undefined;
  /** The answers changed, and nothing that is known explains it. */
  readonly isOutputChanged: boolean;
}

export interface ConcernFacts {
  /** Whatever takes longer takes more energy: of what is slower that is not told again. */
  readonly isSlower: boolean;
  /** The last run's canary was answered otherwise than before, and nothing that is known explains it. */
  readonly isOutputChanged: boolean;
}

/** `trends` are those of one model on one target. `undefined` where nothing became worse. */
export function concernOf(trends: readonly Trend[], { isSlower, isOutputChanged }: ConcernFacts): Concern | undefined {
  const told = concernSignals.filter((name) => !(isSlower && name === 'energy_per_token'));
  const worse = told.flatMap((name) => worstOf(trends, name) ?? []);
  if (worse.length === 0 && !isOutputChanged) return undefined;
  const { changes } = worse.find(({ regression }) => regression.changes?.some(({ explains }) => explains))
    ?.regression ?? {
    changes: null,
  };
  return {
    words: [
      ...(isOutputChanged
        ? ["answers the canary's fixed request differently, which nothing that is known explains"]
        : []),
      ...worse.map(wordsFor),
    ],
    sinceMs: worse.length === 0 ? undefined : Math.min(...worse.map(({ regression }) => Date.parse(regression.since))),
    cause: changes?.find(({ explains }) => explains)?.words,
    isOutputChanged,
  };
}

type ActiveRegression = Extract<Trend['signals'][number]['regression'], { status: 'active' }>;

interface Worse {
  readonly signal: (typeof concernSignals)[number];
  readonly ratio: number;
  readonly regression: ActiveRegression;
}

/** Of all tests the one where it shows most. */
function worstOf(trends: readonly Trend[], name: Worse['signal']): Worse | undefined {
  return trends
    .flatMap(({ signals }) => signals)
    .flatMap(({ signal, change_ratio: ratio, regression }): Worse[] =>
      signal === name && regression.status === 'active'
        ? [{ signal: name, ratio: ratio ?? regression.change_ratio, regression }]
        : [],
    )
    .toSorted((a, b) => b.ratio - a.ratio)[0];
}

function wordsFor({ signal, ratio }: Worse): string {
  const percent = Math.round(ratio * 100);
  // It is not over before some good runs have told so; the last ones already may have.
  const isOver = percent <= 0;
  switch (signal) {
    case 'energy_per_token':
      return isOver ? 'took more energy per token until its last runs' : `takes ${percent} % more energy per token`;
    case 'peak_temperature':
      return isOver ? 'got hotter until its last runs' : 'gets hotter';
    case 'model_load':
      return isOver ? 'took longer to load until its last runs' : `takes ${percent} % longer to load`;
  }
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
