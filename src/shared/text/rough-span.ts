import { HOUR_MS, MINUTE_MS } from '../units.js';

const SECOND_MS = 1000;

/** In words, for what nobody knows to the second: `about 4 minutes`. */
export function roughSpan(ms: number): string {
  if (ms < 50 * SECOND_MS) return `about ${Math.max(5, Math.round(ms / SECOND_MS / 5) * 5)} seconds`;
  const minutes = Math.round(ms / MINUTE_MS);
  if (minutes < 90) return minutes <= 1 ? 'about a minute' : `about ${minutes} minutes`;
  return `about ${(ms / HOUR_MS).toFixed(1)} hours`;
}
