/** The line of a sparkline, in the units of its picture. */
export interface SparkLine {
  readonly path: string;
  readonly band: { readonly top: number; readonly height: number } | undefined;
  readonly first: number;
  readonly last: number;
}

export interface SparkSize {
  readonly band: { readonly low: number; readonly high: number; readonly median: number } | null;
  readonly width: number;
  readonly height: number;
}

// Less than this around the level is noise, and shall look like it.
const LEAST_SPAN = 0.1;
const EDGE = 2;

/** Days without a run are bridged. `undefined` where no day has one. */
export function sparkLine(days: readonly (number | null)[], { band, width, height }: SparkSize): SparkLine | undefined {
  const points = days.flatMap((value, day) => (value === null ? [] : [{ day, value }]));
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const values = points.map(({ value }) => value);
  const level = band?.median ?? last.value;
  const all = [...values, level * (1 - LEAST_SPAN), level * (1 + LEAST_SPAN), ...(band ? [band.low, band.high] : [])];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const y = (value: number) => rounded(EDGE + ((high - value) / (high - low)) * (height - 2 * EDGE));
  const x = (day: number) => rounded(EDGE + (day / Math.max(1, days.length - 1)) * (width - 2 * EDGE));
  const steps = points.map(({ day, value }, index) => `${index === 0 ? 'M' : 'L'}${x(day)} ${y(value)}`);
  // A single day is no line: a dash marks it.
  const path = points.length === 1 ? `${steps[0]}h3` : steps.join('');
  return {
    path,
    band: band === null ? undefined : { top: y(band.high), height: rounded(Math.max(1, y(band.low) - y(band.high))) },
    first: first.value,
    last: last.value,
  };
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
