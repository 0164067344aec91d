/** As fast as last month? One model of one target, in figures and in words, by the decode speed of the short prompt. */
import * as z from 'zod';
import { speed } from '../../shared/figure-text.js';
import type { LastMonth } from '../month/last-month.js';
import type { Trend } from '../trend.js';

const known = z.number().nullable();

export const lastMonthAnswerSchema = z
  .object({
    answer: z
      .enum(['as_fast', 'slower', 'faster', 'unknown'])
      .meta({ description: 'unknown: too few days with runs, or they differ too much' }),
    sentence: z.string(),
    test: z.string().meta({ description: 'Whose decode speed it is' }),
    change_ratio: known.meta({ description: '-0.12: the last seven days were 12 % slower than the month before them' }),
    ci95: z.tuple([z.number(), z.number()]).nullable(),
    tokens_per_second: known,
    month_tokens_per_second: known,
    month: z
      .object({ from: z.iso.datetime(), to: z.iso.datetime(), days: z.number().int() })
      .nullable()
      .meta({ description: 'Four weeks with runs before the last seven days; while it is slower, before that began' }),
  })
  .meta({ id: 'LastMonth' });
export type LastMonthAnswer = z.infer<typeof lastMonthAnswerSchema>;

/** A smaller change is none that anybody would act on. */
const LEAST_CHANGE = 0.02;
/** An interval that reaches further either side says nothing. */
const WIDEST = 0.1;

/** `trends` are those of one model on one target; `undefined` where none has a decode speed. */
export function lastMonthAnswer(trends: readonly Trend[]): LastMonthAnswer | undefined {
  const ofShort = trends.find(({ series }) => series.test_id === 'baseline_short');
  for (const { series, signals } of ofShort === undefined ? trends : [ofShort, ...trends]) {
    const decode = signals.find(({ signal }) => signal === 'decode_speed');
    if (decode !== undefined) return answerOf(series.test_id, decode.last_month, decode.regression.status === 'active');
  }
  return undefined;
}

function answerOf(test: string, found: LastMonth, isSlower: boolean): LastMonthAnswer {
  if (found.status === 'unknown') {
    const none = {
      change_ratio: null,
      ci95: null,
      tokens_per_second: null,
      month_tokens_per_second: null,
      month: null,
    };
    return { answer: 'unknown', sentence: unknownWords(found), test, ...none };
  }
  const { change_ratio, ci95, value, month_value, from, to, days } = found;
  const answer = sizeOf(change_ratio, ci95);
  return {
    answer,
    sentence: words[answer](found, isSlower),
    test,
    change_ratio,
    ci95,
    tokens_per_second: value,
    month_tokens_per_second: month_value,
    month: { from, to, days },
  };
}

function sizeOf(change: number, [low, high]: readonly [number, number]): LastMonthAnswer['answer'] {
  if (high < 0 && change <= -LEAST_CHANGE) return 'slower';
  if (low > 0 && change >= LEAST_CHANGE) return 'faster';
  return high - low > 2 * WIDEST ? 'unknown' : 'as_fast';
}

type Known = Extract<LastMonth, { status: 'known' }>;

const words: Readonly<Record<LastMonthAnswer['answer'], (found: Known, isSlower: boolean) => string>> = {
  as_fast: ({ value, ci95 }) => `As fast as last month: ${speed(value)} tokens/s (95 %: ${rangeText(ci95)}).`,
  slower: (found, isSlower) =>
    `${percentText(found)} slower than ${isSlower ? 'in the month before it slowed' : 'last month'}: ${figures(found)}`,
  faster: (found) => `${percentText(found)} faster than last month: ${figures(found)}`,
  unknown: ({ ci95 }) =>
    `Cannot tell whether it is as fast as last month: the days differ too much (95 %: ${rangeText(ci95)}).`,
};

function unknownWords({ reason, days, needed }: Extract<LastMonth, { status: 'unknown' }>): string {
  if (reason === 'few_days')
    return `Cannot tell yet whether it is as fast as last month: before the last seven days there are runs on ${days} of the ${needed} days that it takes.`;
  return `Cannot tell whether it is as fast as last month: in the last seven days there are runs on ${days} of the ${needed} days that it takes.`;
}

function percentText({ change_ratio }: Known): string {
  return `${Math.round(Math.abs(change_ratio) * 100)} %`;
}

function figures({ value, month_value, ci95 }: Known): string {
  return `${speed(value)} instead of ${speed(month_value)} tokens/s (95 %: ${rangeText(ci95)}).`;
}

function rangeText([low, high]: readonly [number, number]): string {
  return `${signed(low)} to ${signed(high)}`;
}

function signed(ratio: number): string {
  const points = Math.abs(ratio * 100).toFixed(1);
  return `${ratio < 0 ? '−' : '+'}${points} %`;
}
