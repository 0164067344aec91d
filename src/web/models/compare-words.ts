/** What the judge says of two runs, in words: with intervals, and "cannot tell" where it cannot. */
import { change, latency, speed } from '../../shared/figure-text.js';
import type { RunComparison } from '../../trends/comparison/run-comparison.js';

export type Comparison = RunComparison['comparisons'][number];
export type ComparedSide = RunComparison['runs'][number];
type TestComparison = Comparison['tests'][number];
type JudgedFigure = NonNullable<TestComparison['decode_speed']>;
type SideTest = ComparedSide['tests'][number];

export interface Told {
  readonly tone: 'worse' | 'better' | 'same' | 'unknown';
  readonly words: string;
}

/**
 * `no_difference` says that a difference is not certain: where the interval reaches as far as a change that would count,
 * it is not known to be none either.
 */
export function figureWords(figure: JudgedFigure, drop: number): Told {
  const [low, high] = figure.change_ci95;
  const interval = `${change(figure.change_ratio)} (${change(low)} … ${change(high)})`;
  if (figure.verdict === 'worse') return { tone: 'worse', words: `${interval}: slower` };
  if (figure.verdict === 'better') return { tone: 'better', words: `${interval}: faster` };
  if (low <= -drop || high >= drop) return { tone: 'unknown', words: `${interval}: cannot tell` };
  return { tone: 'same', words: `${interval}: no difference` };
}

/** Of two models or workloads there is no verdict: their ratio, as far as the spread within both runs lets it be told. */
export function ratioWords(before: SideTest | undefined, after: SideTest | undefined): Told | undefined {
  const [was, is] = [before?.decode_tps ?? null, after?.decode_tps ?? null];
  if (was === null || is === null || was <= 0) return undefined;
  const ratio = `× ${(is / was).toPrecision(3)}`;
  const [first, second] = [before?.decode_ci95 ?? null, after?.decode_ci95 ?? null];
  if (first === null || second === null || first[0] <= 0)
    return { tone: 'unknown', words: `${ratio}, its spread is not known` };
  const [low, high] = [second[0] / first[1], second[1] / first[0]];
  const interval = `${ratio} (${low.toPrecision(3)} … ${high.toPrecision(3)})`;
  if (low <= 1 && high >= 1) return { tone: 'unknown', words: `${interval}: cannot tell` };
  return { tone: 'same', words: interval };
}

/** `82.5 ± 1.2`; a dash for what is unknown. */
export function withSpread(test: SideTest | undefined): string {
  const interval = test?.decode_ci95 ?? null;
  const value = speed(test?.decode_tps);
  return interval === null ? value : `${value} ± ${speed((interval[1] - interval[0]) / 2)}`;
}

export function firstToken(test: SideTest | undefined): string {
  return latency(test?.ttft_s);
}

/** The whole comparison in a sentence. */
export function comparisonSentence({ verdict, reason, tests, method }: Comparison): Told {
  if (reason !== null)
    return { tone: 'unknown', words: `No verdict: ${reason}. Ratios with what both runs varied by.` };
  const count = (wanted: TestComparison['verdict']) => tests.filter((test) => test.verdict === wanted).length;
  if (verdict === 'worse') return { tone: 'worse', words: `Slower in ${count('worse')} of ${tests.length} tests.` };
  if (verdict === 'better') return { tone: 'better', words: `Faster in ${count('better')} of ${tests.length} tests.` };
  if (verdict === 'not_comparable') return { tone: 'unknown', words: 'No test was measured in both in the same way.' };
  const open = tests.some(({ decode_speed: decode }) => decode !== null && isOpen(decode, method.drop));
  return open
    ? { tone: 'unknown', words: 'Cannot tell: the runs vary more than a change that would count.' }
    : { tone: 'same', words: 'No difference.' };
}

function isOpen(figure: JudgedFigure, drop: number): boolean {
  return figureWords(figure, drop).tone === 'unknown';
}
