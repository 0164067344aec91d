import { grouped } from './number-text.js';

/** Three significant digits, but never fewer than the whole ones. */
export function speed(tokensPerSecond: number): string {
  if (tokensPerSecond >= 1000) return grouped(tokensPerSecond);
  return tokensPerSecond >= 100 ? tokensPerSecond.toFixed(0) : tokensPerSecond.toFixed(tokensPerSecond >= 10 ? 1 : 2);
}
