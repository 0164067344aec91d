/**
 * The one place that knows cron: what an expression means, when it is due, and what runs it (node-cron).
 *
 * A time of day that daylight saving leaves out does not run on that day; one that comes twice runs once.
 */

import { type Logger as CronLogger, createTask, type ParsedFields, parse, schedule, validateDetailed } from 'node-cron';
import type { Logger } from '../logger.js';
import { momentOf, offsetMs } from '../shared/time-zone.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../shared/units.js';

export interface CronTiming {
  /** Five fields that `cronProblem` has nothing against. */
  readonly cron: string;
  /** IANA name of the time zone that they are of. */
  readonly timezone: string;
}

export interface DueRuns {
  /** At most 1,000: the first ones of a longer time. */
  readonly count: number;
  /** The last one counted. */
  readonly last: Date;
}

export interface CronTaskOptions {
  /** Called at each time that comes due, with that time. */
  readonly onDue: (at: Date) => void;
  /** Called with times that went by, because the process was held up for longer than `LATEST_START_MS`. */
  readonly onMissed: (missed: DueRuns) => void;
  readonly logger: Logger;
}

/** How late a run may still start. */
export const LATEST_START_MS = 60_000;

const DAYS_OF_MONTH = 31;
const DAYS_OF_WEEK = 7;
// The fifth Monday of February comes every 28 years, and every 40 around a year such as 2100.
const LONGEST_WAIT_DAYS = 40 * 366;
// No zone's clock is put back further.
const PUT_BACK_MS = 3 * HOUR_MS;
/** A schedule of every minute and a machine that was off for a year must not hold up the start. */
const MOST_COUNTED = 1000;

const expected = 'a cron expression of five fields such as "17 */6 * * *" that comes due at some time';

/** Completes "expected …" for an expression that cannot be used; `undefined` for one that can. */
export function cronProblem(expression: string): string | undefined {
  const [minute, hour, dayOfMonth, month, dayOfWeek, ...more] = expression.trim().split(/\s+/);
  // Nicknames such as @daily stand for five fields; a sixth one would be seconds.
  if ((dayOfWeek === undefined || more.length > 0) && !expression.startsWith('@')) return expected;
  const { fields } = validateDetailed(expression);
  if (fields === undefined) return expected;
  const isOnDaysOfMonth = new Set(fields.dayOfMonth).size < DAYS_OF_MONTH;
  const isOnDaysOfWeek = new Set(fields.dayOfWeek).size < DAYS_OF_WEEK;
  if (isOnDaysOfMonth && isOnDaysOfWeek) {
    // To cron it means either day, to node-cron a day that is both.
    const [first, second] = [`${dayOfMonth} ${month} *`, `* ${month} ${dayOfWeek}`];
    return `days of the month or days of the week, not both: two schedules, "${minute} ${hour} ${first}" and "${minute} ${hour} ${second}"`;
  }
  const isEverDue = nextRun({ cron: expression, timezone: 'UTC' }, new Date(0)) !== undefined;
  return isEverDue ? undefined : expected;
}

/** The first time after `after`. `undefined` where there is none. */
export function nextRun(timing: CronTiming, after: Date): Date | undefined {
  return dateOf(runs(timing, after.getTime(), 1).next());
}

/** The `count` first times after `after`, or as many as there are. */
export function nextRuns(timing: CronTiming, after: Date, count: number): readonly Date[] {
  const found: Date[] = [];
  for (const at of runs(timing, after.getTime(), 1)) if (found.push(new Date(at)) === count) break;
  return found;
}

/** The last time before `before`. `undefined` where there is none. */
export function previousRun(timing: CronTiming, before: Date): Date | undefined {
  return dateOf(runs(timing, before.getTime(), -1).next());
}

/** What came due after `after` and until `until`. `undefined` for nothing. */
export function runsBetween(timing: CronTiming, after: Date, until: Date): DueRuns | undefined {
  let last: number | undefined;
  let count = 0;
  for (const at of runs(timing, after.getTime(), 1)) {
    if (at > until.getTime() || count === MOST_COUNTED) break;
    count += 1;
    last = at;
  }
  return last === undefined ? undefined : { count, last: new Date(last) };
}

/** Calls `onDue` at each time from now on; returns what ends that. It keeps no process alive. */
export function startCron({ cron, timezone }: CronTiming, { onDue, onMissed, logger }: CronTaskOptions): () => void {
  const task = schedule(cron, ({ date }) => onDue(date), {
    timezone,
    logger: cronLogger(logger),
    noOverlap: false,
    missedExecutionTolerance: LATEST_START_MS,
    unref: true,
  });
  let missed: Date[] = [];
  task.on('execution:missed', ({ date }) => {
    missed.push(date);
    if (missed.length > 1) return;
    // All that went by are told in one go: together they are one delay.
    queueMicrotask(() => {
      const last = missed.at(-1);
      if (last !== undefined) onMissed({ count: missed.length, last });
      missed = [];
    });
  });
  return () => void task.destroy();
}

function cronLogger(logger: Logger): CronLogger {
  const log = (level: 'info' | 'warn' | 'error' | 'debug') => (message: string | Error, error?: Error) => {
    if (message instanceof Error) logger[level]({ err: message }, 'node-cron');
    else logger[level](error === undefined ? {} : { err: error }, message);
  };
  return { info: log('info'), warn: log('warn'), error: log('error'), debug: log('debug') };
}

interface Expression {
  /** Whether it runs on a day, given as the beginning of the same day in UTC. */
  readonly isOn: (dayMs: number) => boolean;
  /** Ascending, in milliseconds since midnight. */
  readonly timesMs: readonly number[];
}

const known = new WeakMap<CronTiming, Expression>();

function expressionOf(timing: CronTiming): Expression {
  const before = known.get(timing);
  if (before !== undefined) return before;
  const fields = parse(timing.cron);
  const minutes = ascending(fields.minute);
  const timesMs = ascending(fields.hour).flatMap((hour) => minutes.map((m) => hour * HOUR_MS + m * MINUTE_MS));
  const expression = { isOn: daysOf(timing.cron, fields), timesMs };
  known.set(timing, expression);
  return expression;
}

function daysOf(cron: string, fields: ParsedFields): Expression['isOn'] {
  const months = new Set(fields.month);
  const daysOfMonth = new Set(fields.dayOfMonth);
  const daysOfWeek = new Set(fields.dayOfWeek);
  const inMonth = (dayMs: number) => months.has(new Date(dayMs).getUTCMonth() + 1);
  if ([...fields.dayOfMonth, ...fields.dayOfWeek].every((value) => typeof value === 'number')) {
    return (dayMs) => {
      const day = new Date(dayMs);
      return inMonth(dayMs) && daysOfMonth.has(day.getUTCDate()) && daysOfWeek.has(day.getUTCDay());
    };
  }
  // The last day of the month, the second Friday and their like.
  const task = createTask(cron, () => undefined, { timezone: 'UTC' });
  // Only asked what it matches: node-cron keeps every task until it is destroyed.
  void task.destroy();
  const [hour = 0] = fields.hour;
  const [minute = 0] = fields.minute;
  return (dayMs) => inMonth(dayMs) && task.match(new Date(dayMs + hour * HOUR_MS + minute * MINUTE_MS));
}

/** The times after `fromMs`, or those before it backwards, in milliseconds since the epoch. */
function* runs(timing: CronTiming, fromMs: number, direction: 1 | -1): Generator<number, undefined> {
  const { timezone } = timing;
  const { isOn, timesMs } = expressionOf(timing);
  const ordered = direction === 1 ? timesMs : timesMs.toReversed();
  // Where the clock is put back around then, a time of the wall may lie on either side.
  const walls = [0, direction * PUT_BACK_MS].map((ms) => fromMs + offsetMs(timezone, fromMs + ms));
  const edge = direction === 1 ? Math.min(...walls) : Math.max(...walls);
  let dayMs = Math.floor(edge / DAY_MS) * DAY_MS;
  for (let days = 0; days < LONGEST_WAIT_DAYS; days += 1, dayMs += direction * DAY_MS) {
    if (!isOn(dayMs)) continue;
    for (const timeMs of ordered) {
      const wallMs = dayMs + timeMs;
      if ((wallMs - edge) * direction < 0) continue;
      const at = momentOf(timezone, wallMs);
      if (at !== undefined && (at - fromMs) * direction > 0) yield at;
    }
  }
  return undefined;
}

function ascending(values: readonly number[]): readonly number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

function dateOf({ value }: IteratorResult<number, undefined>): Date | undefined {
  return value === undefined ? undefined : new Date(value);
}
