const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
type Unit = keyof typeof unitMs;

/** A whole number and one unit: `500ms`, `2s`, `10m`, `6h`, `90d`. */
export const durationPattern = /^(\d{1,9})(ms|s|m|h|d)$/;

/** Milliseconds of a duration as the configuration writes it; `undefined` where `text` is none. */
export function parseDuration(text: string): number | undefined {
  const [, count, unit] = durationPattern.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * unitMs[unit as Unit];
}

/** Writes whole milliseconds in the largest unit that loses nothing: 120000 is `2m`. */
export function formatDuration(ms: number): string {
  const units: readonly Unit[] = ['d', 'h', 'm', 's'];
  const unit = ms === 0 ? 's' : (units.find((candidate) => ms % unitMs[candidate] === 0) ?? 'ms');
  return `${ms / unitMs[unit]}${unit}`;
}
