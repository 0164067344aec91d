/** Did the machine become slower, or the server alone? The reference model, which never changes, was there too. */

import type { LikelyCause, Regression, TrendSample } from '../regression-state.js';
import { median } from '../statistics/median.js';
import { SHORTEST_SPAN } from '../statistics/significance.js';

/** Of the regression's change: a memory or a driver need not slow a small model as much as a large one. */
const SHARED = 0.5;

/**
 * Compares the reference model's runs of the same signal before and after the regression began; `references` has one
 * list for each of its tests. `undefined` where none has four runs on either side.
 */
export function likelyCauseOf(
  regression: Pick<Regression, 'since' | 'change_ratio'>,
  references: readonly (readonly TrendSample[])[],
): LikelyCause | undefined {
  const since = Date.parse(regression.since);
  const shares = references.flatMap((samples) => {
    const before = samples.filter(({ at }) => Date.parse(at) < since).map(({ value }) => value);
    const after = samples.filter(({ at }) => Date.parse(at) >= since).map(({ value }) => value);
    if (Math.min(before.length, after.length) < SHORTEST_SPAN) return [];
    const [was, is] = [median(before), median(after)];
    return was === undefined || is === undefined ? [] : [(is / was - 1) / regression.change_ratio];
  });
  const share = median(shares);
  if (share === undefined) return undefined;
  return share >= SHARED ? 'machine' : 'server';
}
