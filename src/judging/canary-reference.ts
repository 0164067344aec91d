/** The answer that a run's canary is held against, as the chronicle and the runs' folders have it. */
import type { CanaryResult } from '../benchmark/canary/canary-result.js';
import type { KnownProbabilities } from '../benchmark/canary/token-probabilities.js';
import { CANARY_TEST } from '../benchmark/plan.js';
import type { BenchmarkResult } from '../benchmark/result.js';
import { readWholeTail } from '../chronicle/rotation.js';
import { type ChronicleRow, rowsOf } from '../chronicle/row.js';
import { readRun } from '../chronicle/run-folder.js';
import type { StoragePaths } from '../chronicle/storage.js';
import { concerns, isDismissal } from '../trends/baseline-reset.js';
import type { Setting } from '../trends/changes/changed-setting.js';
import {
  type EnvironmentSnapshot,
  environmentOfResult,
  environmentOfRow,
} from '../trends/changes/environment-snapshot.js';
import { whatChanged } from '../trends/changes/what-changed.js';
import { type SeriesKey, seriesId } from '../trends/series.js';
import { readResets } from './trend-records.js';

interface KeptAnswer {
  readonly sha256: string;
  /** `undefined` where the server told none, or the run's folder is no longer there. */
  readonly probabilities: KnownProbabilities | undefined;
}

export interface CanaryReference extends KeptAnswer {
  readonly run_id: string;
  readonly run_at: string;
  /** `null` where the run's folder is no longer there. */
  readonly text: string | null;
  /** The unexplained answer that the last run gave in its place; `undefined` where it gave this one. */
  readonly standing: KeptAnswer | undefined;
  /** What may change an answer and differs in `result`, in phrases. */
  readonly changesUntil: (result: BenchmarkResult) => readonly string[];
}

export type CanarySeries = Omit<SeriesKey, 'test_id'>;

// Mostly the first number reaches back far enough; the second is a year of six-hourly runs of one model.
const ROW_LIMITS = [200, 10_000];

/** `undefined` where no answer of this model is kept, or all were declared past by a new baseline. Throws `StorageError`. */
export async function canaryReference(series: CanarySeries, paths: StoragePaths): Promise<CanaryReference | undefined> {
  const key: SeriesKey = { ...series, test_id: CANARY_TEST };
  const [id, resets] = [seriesId(key), await readResets(paths)];
  const ending = resets.filter((reset) => !isDismissal(reset) && concerns(reset, key));
  const since = Math.max(0, ...ending.map(({ at }) => Date.parse(at)));
  for (const limit of ROW_LIMITS) {
    const { rows, complete } = await readWholeTail(paths, { rows: limit });
    const answers = rows.filter(
      (row) => row.test_id === CANARY_TEST && seriesId(row) === id && Date.parse(row.run_at) >= since,
    );
    const found = await referenceIn(answers, paths);
    if (found !== undefined || complete) return found;
  }
  return undefined;
}

async function referenceIn(
  answers: readonly ChronicleRow[],
  paths: StoragePaths,
): Promise<CanaryReference | undefined> {
  const known = answers.filter(({ canary_sha256 }) => canary_sha256 !== null);
  const row = known.findLast(({ canary_match }) => canary_match !== 0);
  if (row?.canary_sha256 == null) return undefined;
  const last = known.at(-1);
  const kept = await keptRun(row, paths);
  const canary = canaryOf(kept);
  return {
    run_id: row.run_id,
    run_at: row.run_at,
    sha256: row.canary_sha256,
    text: canary?.text ?? null,
    probabilities: probabilitiesOf(canary),
    standing: last === undefined || last === row ? undefined : await standingAnswer(last, paths),
    changesUntil: (result) => (kept === undefined ? changesSinceRow(row, result) : changesSince(kept, result)),
  };
}

function keptRun({ run_id }: ChronicleRow, paths: StoragePaths): Promise<BenchmarkResult | undefined> {
  return readRun(run_id, paths).catch(() => undefined);
}

function canaryOf(run: BenchmarkResult | undefined): CanaryResult | null | undefined {
  return run?.benchmarks.find(({ test_id }) => test_id === CANARY_TEST)?.canary;
}

function probabilitiesOf(canary: CanaryResult | null | undefined): KnownProbabilities | undefined {
  if (!canary?.logprobs || canary.logprob_limit === null) return undefined;
  return { values: canary.logprobs, limit: canary.logprob_limit };
}

async function standingAnswer(row: ChronicleRow, paths: StoragePaths): Promise<KeptAnswer | undefined> {
  if (row.canary_sha256 === null) return undefined;
  return { sha256: row.canary_sha256, probabilities: probabilitiesOf(canaryOf(await keptRun(row, paths))) };
}

/** What a model's answer may depend on; its speed depends on more. */
const answerSettings: ReadonlySet<Setting> = new Set([
  'gpu',
  'gpu_driver',
  'server',
  'server_version',
  'model_file',
  'quantisation',
  'context_length',
  'cpu',
]);

function changesSince(before: BenchmarkResult, after: BenchmarkResult): readonly string[] {
  const [was, is] = [before, after].map((result) => environmentOfResult(result, CANARY_TEST));
  return namedChanges(was, is);
}

/** Rows write the same hardware in other words than results do: each is held against its like. */
function changesSinceRow(before: ChronicleRow, after: BenchmarkResult): readonly string[] {
  const row = rowsOf(after).find(({ test_id }) => test_id === CANARY_TEST);
  return namedChanges(environmentOfRow(before), row && environmentOfRow(row));
}

function namedChanges(was: EnvironmentSnapshot = {}, is: EnvironmentSnapshot = {}): readonly string[] {
  return whatChanged(was, is)
    .filter(({ factor }) => answerSettings.has(factor))
    .map(({ words }) => words);
}
