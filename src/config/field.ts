/** The kinds of values that several sections of the configuration share. An error text completes "expected …". */
import * as z from 'zod';
import { durationPattern, formatDuration, parseDuration } from './duration.js';

const highestTimerMs = 2 ** 31 - 1;

/** A text that matches `pattern`; `error` says what was expected. */
export function text(error: string, pattern: RegExp) {
  return z.string({ error }).regex(pattern, { error, abort: true });
}

/** A duration as it is written, `500ms` or `6h`, read as milliseconds; at least `leastMs`. */
export function duration(leastMs: number) {
  return text('a duration such as 500ms, 2s, 10m, 6h or 90d', durationPattern)
    .refine((value) => (parseDuration(value) ?? 0) >= leastMs, `a duration of at least ${formatDuration(leastMs)}`)
    .transform((value) => parseDuration(value) ?? leastMs);
}

/** A duration that a timer waits for: Node's timers cannot wait longer than 2³¹ − 1 ms. */
export function timer(leastMs: number) {
  return duration(leastMs).refine((ms) => ms <= highestTimerMs, 'a duration of at most 24d');
}

/** A share of the form `3%`, which becomes 0.03, within bounds given as such ratios. */
export function share(least: number, most: number, example: string) {
  const error = `a share between ${least * 100}% and ${most * 100}%, such as ${example}`;
  return text(error, /^\d{1,2}(\.\d+)?%$/)
    .transform((value) => Number(value.slice(0, -1)) / 100)
    .refine((ratio) => ratio >= least && ratio <= most, error);
}

export const filled = (error: string) => z.string({ error }).min(1, { error });

// Names are label values, file names and arguments of flags, where they must not read as a URL or an option.
const nameText = 'a name of letters, digits, ".", "_" and "-", at most 64 long, starting with a letter or a digit';
export const name = text(nameText, /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);

// Goes into an HTTP header as it is (RFC 9110, field values): a stray line end must not.
const secretText = 'visible ASCII characters without spaces';
export const secret = text(secretText, /^[\x21-\x7e]+$/);
