/** Two recorded runs side by side, whoever asks. */
import type { BenchmarkResult } from '../benchmark/result.js';
import { readWholeTail } from '../chronicle/rotation.js';
import { shortModelName } from '../shared/model-name.js';
import { type Comparison, compareResults } from '../trends/comparison/comparison.js';
import { standingRemarks } from '../trends/measured/standing.js';
import { type AskedPresent, presentOf } from './asked-present.js';
import { candidateRuns, type ReferencePlace } from './compared-run.js';
import { RunReferenceError } from './run-reference-error.js';

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
  const results = pairOf(
    { reference: before, runs: await candidateRuns(before, place) },
    { reference: after, runs: await candidateRuns(after, place) },
  );
  const { rows: history } = await readWholeTail(place.paths, { rows: HISTORY_ROWS });
  const comparison = compareResults(results.before, results.after, { drop, history });
  const both =
    comparison.before.run_id === comparison.after.run_id ? [comparison.after] : [comparison.before, comparison.after];
  return { ...comparison, remarks: [...comparison.remarks, ...standingRemarks(both, presentOf({ now, prompts }))] };
}

interface Side {
  readonly reference: string;
  readonly runs: readonly BenchmarkResult[];
}

/** Of shared figures of several models those of the other side's model, the newest where there are two. */
function pairOf(before: Side, after: Side): { readonly before: BenchmarkResult; readonly after: BenchmarkResult } {
  const inAfter = modelsOf(after);
  const [model, ...further] = new Set(modelsOf(before).filter((name) => inAfter.includes(name)));
  const isOneModel = model !== undefined && further.length === 0;
  const chosen = ({ reference, runs }: Side): BenchmarkResult => {
    const found = isOneModel ? runs.findLast((run) => shortModelName(run.model) === model) : runs[0];
    if (found !== undefined && (isOneModel || runs.length === 1)) return found;
    const models = [...new Set(modelsOf({ reference, runs }))];
    const example = `${reference}#${models[0] ?? 'MODEL'}`;
    throw new RunReferenceError(
      'unknown',
      `${reference} has several models: say which, as in ${example}. Models: ${models.join(', ')}`,
    );
  };
  return { before: chosen(before), after: chosen(after) };
}

function modelsOf({ runs }: Side): string[] {
  return runs.map(({ model }) => shortModelName(model));
}
