/** A user's word on what was judged: what follows is the new normal, or what was told is no regression. */
import * as z from 'zod';
import type { SeriesKey } from './series.js';

export const baselineResetSchema = z.strictObject({
  at: z.iso.datetime(),
  reason: z.string().min(1).max(500),
  /** `new_normal` where it is left out. `not_a_regression` ends what is told and leaves the baseline as it was. */
  kind: z.enum(['new_normal', 'not_a_regression']).optional(),
  /** Which series; what is left out matches any. */
  series: z
    .strictObject({
      machine_id: z.string().optional(),
      target: z.string().optional(),
      model: z.string().optional(),
      test_id: z.string().optional(),
    })
    .default({}),
});
export type BaselineReset = z.infer<typeof baselineResetSchema>;

/** Whether it ends a regression and nothing else. */
export function isDismissal({ kind }: Pick<BaselineReset, 'kind'>): boolean {
  return kind === 'not_a_regression';
}

/** Whether a reset is meant for the series. */
export function concerns(reset: BaselineReset, key: SeriesKey): boolean {
  const { machine_id, target, model, test_id } = reset.series;
  return (
    (machine_id ?? key.machine_id) === key.machine_id &&
    (target ?? key.target) === key.target &&
    (model ?? key.model) === key.model &&
    (test_id ?? key.test_id) === key.test_id
  );
}
