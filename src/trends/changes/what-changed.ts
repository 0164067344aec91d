/** What differs between two runs, the likeliest cause of a slowdown first, in words. */
import * as z from 'zod';
import { settingNames, traitsOf } from './changed-setting.js';
import type { EnvironmentSnapshot } from './environment-snapshot.js';

const fact = z.union([z.string(), z.number()]);

export const changeSchema = z.object({
  factor: z.enum(settingNames),
  before: fact,
  after: fact,
  /** A phrase: `GPU driver 550.54 → 560.35`. */
  words: z.string(),
  /** Whether it moved the way that slows a machine; a name or a version always may have. */
  explains: z.boolean(),
});
export type Change = z.infer<typeof changeSchema>;

/**
 * The differences, in the order of suspicion; what moved the way that should have made the machine faster comes
 * last. A factor that is unknown on either side is left out.
 */
export function whatChanged(before: EnvironmentSnapshot, after: EnvironmentSnapshot): Change[] {
  const changes = settingNames.flatMap((factor): Change[] => {
    const [was, is] = [before[factor], after[factor]];
    if (was === undefined || is === undefined || was === is) return [];
    const traits = traitsOf(factor);
    if (traits.kind === 'word' || typeof was === 'string' || typeof is === 'string') {
      return [{ factor, before: was, after: is, words: `${traits.label} ${was} → ${is}`, explains: true }];
    }
    const difference = is - was;
    const least = Math.max(traits.leastDifference, traits.leastRatio * Math.abs(was));
    if (Math.abs(difference) < least) return [];
    const words = `${traits.label} ${formatFigure(was, traits)} → ${formatFigure(is, traits)}${traits.unit && ` ${traits.unit}`}`;
    return [{ factor, before: was, after: is, words, explains: difference < 0 === (traits.slower === 'lower') }];
  });
  return [...changes.filter(({ explains }) => explains), ...changes.filter(({ explains }) => !explains)];
}

function formatFigure(value: number, { shownUnit = 1 }: { readonly shownUnit?: number | undefined }): string {
  const amount = value / shownUnit;
  // A tenth matters of 16.4 GiB, not of 1,740 MHz.
  return amount.toFixed(Number.isInteger(amount) || amount >= 100 ? 0 : 1);
}
