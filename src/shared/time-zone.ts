/** What the clock on the wall shows in a time zone, and when it shows that. Wall times are milliseconds as if in UTC. */

const MS_PER_SECOND = 1000;
// Making one takes a millisecond.
const formatters = new Map<string, Intl.DateTimeFormat>();

/** How far the zone's clock is ahead of UTC at `atMs`, in milliseconds. Throws `RangeError` for a zone that is none. */
export function offsetMs(timezone: string, atMs: number): number {
  if (timezone === 'UTC') return 0;
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of formatterOf(timezone).formatToParts(atMs)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  const wholeSecondsMs = Math.floor(atMs / MS_PER_SECOND) * MS_PER_SECOND;
  return Date.UTC(year, month - 1, day, hour, minute, second) - wholeSecondsMs;
}

/**
 * The moment at which the zone's clock shows `wallMs`; `undefined` where it never does, because it was put forward over
 * that time. Of a time that comes twice, the one that follows from the offset at the same time in UTC: east of
 * Greenwich the second, west of it the first.
 */
export function momentOf(timezone: string, wallMs: number): number | undefined {
  const first = wallMs - offsetMs(timezone, wallMs);
  const offset = offsetMs(timezone, first);
  if (first + offset === wallMs) return first;
  const second = wallMs - offset;
  return second + offsetMs(timezone, second) === wallMs ? second : undefined;
}

function formatterOf(timezone: string): Intl.DateTimeFormat {
  const known = formatters.get(timezone);
  if (known !== undefined) return known;
  const formatter = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formatters.set(timezone, formatter);
  return formatter;
}
