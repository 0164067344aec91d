/** Which GPUs fell silent in a window, so that no sum over all of them can be true. */

import type { CardIdentity, WindowCard } from './gpu-cards.js';
import { hasFigures } from './gpu-sample.js';
import { longestGapMs, type TimeWindow } from './time-window.js';

// Two turns and a half: readings of one turn come one after the other, and a turn may be late.
const LEAST_SILENT_INTERVALS = 2.5;

export interface CardWindow {
  readonly window: TimeWindow;
  readonly intervalMs: number;
  /** Those that are asked about. */
  readonly gpus: readonly WindowCard[];
  /** All that were there, whose readings show that readings came. */
  readonly everyGpu: readonly WindowCard[];
}

/**
 * Those of the cards that did not answer for a part of the window while another one did, or not at all, or no more
 * until its end. A pause in the readings of all is none of theirs, nor is the sleep of a card. For a card that told
 * figures before, a reading without any is no answer.
 */
export function lostCards(cut: CardWindow): readonly CardIdentity[] {
  const everyMs = cut.everyGpu.flatMap((card) => card.samples.map(({ atMs }) => atMs));
  return cut.gpus.filter((card) => !card.isResting && isSilent(card, cut, everyMs));
}

function isSilent({ samples }: WindowCard, { window, intervalMs }: CardWindow, everyMs: readonly number[]): boolean {
  const { startMs, endMs } = window;
  const gapMs = longestGapMs(intervalMs);
  const silentMs = Math.max(LEAST_SILENT_INTERVALS * intervalMs, Math.min(gapMs, (endMs - startMs) / 2));
  const figures = samples.filter(hasFigures);
  // One that never tells figures, such as the chip of a Jetson, answers as it always has.
  const answers = figures.length === 0 ? samples : figures;
  if (answers.length === 0) return true;
  const answeredMs = [Number.NEGATIVE_INFINITY, ...answers.map(({ atMs }) => atMs), Number.POSITIVE_INFINITY];
  return answeredMs.some((fromMs, place) => {
    const toMs = answeredMs[place + 1] ?? fromMs;
    const missedMs = Math.min(toMs, endMs) - Math.max(fromMs, startMs);
    if (toMs === Number.POSITIVE_INFINITY && missedMs > gapMs) return true;
    return missedMs > silentMs && everyMs.some((ms) => ms > fromMs && ms < toMs);
  });
}
