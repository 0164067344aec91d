/** From when to when trends are looked at: the last runs, a span up to now, or a time that was drawn out in a plot. */
import { DAY_MS } from '../../shared/units.js';

export const timeSpans = {
  '24h': { words: '24 hours', days: 1 },
  '7d': { words: '7 days', days: 7 },
  '30d': { words: '30 days', days: 30 },
  '90d': { words: '90 days', days: 90 },
  '1y': { words: 'a year', days: 365 },
  '2y': { words: 'two years', days: 730 },
} as const;
export type TimeSpan = keyof typeof timeSpans;
export const timeSpanNames = Object.keys(timeSpans) as TimeSpan[];

export type TrendTime =
  | { readonly kind: 'last' }
  | { readonly kind: 'span'; readonly span: TimeSpan }
  | { readonly kind: 'drawn'; readonly fromMs: number; readonly toMs: number };

/** As an address has it: `range=30d`, or `from` and `to`. */
export function timeOf(choices: URLSearchParams): TrendTime {
  const span = timeSpanNames.find((name) => name === choices.get('range'));
  if (span !== undefined) return { kind: 'span', span };
  const [fromMs, toMs] = [choices.get('from'), choices.get('to')].map((at) => Date.parse(at ?? ''));
  const isTime = fromMs !== undefined && toMs !== undefined && fromMs < toMs;
  return isTime ? { kind: 'drawn', fromMs, toMs } : { kind: 'last' };
}

/** What stands in the address for it. */
export function choicesFor(time: TrendTime): Record<'range' | 'from' | 'to', string | undefined> {
  const none = { range: undefined, from: undefined, to: undefined };
  if (time.kind === 'span') return { ...none, range: time.span };
  if (time.kind === 'last') return none;
  return { ...none, from: new Date(time.fromMs).toISOString(), to: new Date(time.toMs).toISOString() };
}

/** In milliseconds since 1970; `undefined` where it is as long as its runs. */
export function boundsOf(time: TrendTime, nowMs: number): readonly [fromMs: number, toMs: number] | undefined {
  if (time.kind === 'last') return undefined;
  return time.kind === 'drawn' ? [time.fromMs, time.toMs] : [nowMs - timeSpans[time.span].days * DAY_MS, nowMs];
}
