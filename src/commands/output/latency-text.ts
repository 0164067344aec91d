/** Of seconds: `4.2 ms`, `118 ms`, `1.42 s`, `12.3 s`. */
export function latencyText(seconds: number): string {
  if (seconds >= 10) return `${seconds.toFixed(1)} s`;
  return seconds >= 1 ? `${seconds.toFixed(2)} s` : `${(seconds * 1000).toFixed(seconds >= 0.1 ? 0 : 1)} ms`;
}
