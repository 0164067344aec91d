import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../shared/units.js';

/** Times and spans as people read them. */
const SECOND_MS = 1000;

/** `42 s`, `3 min 05 s`, `2 h 10 min`. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / SECOND_MS));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** `just now`, `5 min ago`, `in 2 h`, `3 d ago`. */
export function relative(at: string, nowMs: number): string {
  const differenceMs = Date.parse(at) - nowMs;
  const far = Math.abs(differenceMs);
  if (far < MINUTE_MS / 2) return 'just now';
  const words = amount(far);
  return differenceMs < 0 ? `${words} ago` : `in ${words}`;
}

/** `14:32` and `3 hours ago`; with the day where it is not today's. Both in milliseconds since 1970. */
export function asOf(atMs: number, nowMs: number): { readonly at: string; readonly age: string } {
  const at = new Date(atMs);
  const isToday = at.toDateString() === new Date(nowMs).toDateString();
  return { at: (isToday ? hours : dateTime).format(at), age: longAgo(nowMs - atMs) };
}

function longAgo(ms: number): string {
  if (ms < MINUTE_MS) return 'just now';
  if (ms < HOUR_MS) return counted(ms / MINUTE_MS, 'minute');
  return ms < 2 * DAY_MS ? counted(ms / HOUR_MS, 'hour') : counted(ms / DAY_MS, 'day');
}

function counted(count: number, unit: string): string {
  const whole = Math.floor(count);
  return `${whole} ${unit}${whole === 1 ? '' : 's'} ago`;
}

function amount(ms: number): string {
  if (ms < HOUR_MS) return `${Math.max(1, Math.round(ms / MINUTE_MS))} min`;
  return ms < 2 * DAY_MS ? `${Math.round(ms / HOUR_MS)} h` : `${Math.round(ms / DAY_MS)} d`;
}

const dateTime = new Intl.DateTimeFormat(undefined, {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});

const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

/** In the reader's own zone and manner. */
export function localTime(at: string): string {
  return dateTime.format(new Date(at));
}

const hours = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const seconds = new Intl.DateTimeFormat(undefined, { minute: '2-digit', second: '2-digit' });
const days = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });

/** Marks of a time axis, given in seconds since 1970: as fine as they lie close, and none twice. */
export function axisTimes(marks: readonly number[]): string[] {
  const stepMs = ((marks[1] ?? 0) - (marks[0] ?? 0)) * SECOND_MS;
  const format = stepMs < MINUTE_MS ? seconds : hours;
  const words = marks.map((mark) => (stepMs < DAY_MS ? format : days).format(mark * SECOND_MS));
  return words.map((word, index) => (word === words[index - 1] ? '' : word));
}

export interface LogLine {
  /** Empty where the line bears no stamp. */
  readonly clock: string;
  readonly text: string;
}

/** A line of a job's log: its stamp in the reader's own zone, and what it says. */
export function logLine(line: string): LogLine {
  const [, at, text] = /^(\d{4}-\d\d-\d\dT[\d:.]+Z) ([\s\S]*)$/.exec(line) ?? [];
  return at === undefined || text === undefined
    ? { clock: '', text: line }
    : { clock: clock.format(new Date(at)), text };
}
