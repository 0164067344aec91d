/** Two recorded runs side by side, whoever asks. */
import { readWholeTail } from '../chronicle/rotation.js';
import { type Comparison, compareResults } from '../trends/comparison/comparison.js';
import { standingRemarks } from '../trends/measured/standing.js';
import { type AskedPresent, presentOf } from './asked-present.js';
import { comparedRun, type ReferencePlace } from './compared-run.js';

export interface NamedComparisonOptions extends ReferencePlace, AskedPresent {
  /** As `ComparisonOptions` has it. */
  readonly drop: number;
}

/** How far back a series' noise is looked for: only the tests of the second run count. */
const HISTORY_ROWS = 1000;

/** `before` and `after` as a person names them. Throws `RunReferenceError` and `StorageError`. */
export async function compareNamed(
  { before, after }: { readonly before: string; readonly after: string },
  { drop, now, prompts, ...place }: NamedComparisonOptions,
): Promise<Comparison> {
  const results = { before: await comparedRun(before, place), after: await comparedRun(after, place) };
  const { rows: history } = await readWholeTail(place.paths, { rows: HISTORY_ROWS });
  const comparison = compareResults(results.before, results.after, { drop, history });
  const both =
    comparison.before.run_id === comparison.after.run_id ? [comparison.after] : [comparison.before, comparison.after];
  return { ...comparison, remarks: [...comparison.remarks, ...standingRemarks(both, presentOf({ now, prompts }))] };
}
