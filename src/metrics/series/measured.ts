/** The figures of a test's last good run that are shown until the next one; `null` is unknown. */
import type { GpuStats, SingleGpuStats, TestResult } from '../../benchmark/result.js';
import { type NamesWith, namesWith, valuesOf } from '../../shared/figure-table.js';
import { type GpuFigureOf, gpuFigures, gpuFiguresOf } from '../../shared/gpu-figures.js';
import { testFigures } from '../../shared/test-figures.js';

type OfTest = NamesWith<typeof testFigures, 'metric'>;
type OfGpus = GpuFigureOf<'all'>;
type InRow = NamesWith<typeof testFigures, 'inRow'> | NamesWith<typeof gpuFigures, 'inRow'>;

const ofTest = namesWith(testFigures, 'metric');
const ofGpus = gpuFiguresOf('all');
const inRow: ReadonlySet<string> = new Set([...namesWith(testFigures, 'inRow'), ...namesWith(gpuFigures, 'inRow')]);

/** In the units of a result. */
export interface Measured extends Pick<TestResult, OfTest>, Pick<GpuStats, OfGpus> {
  readonly gpus: readonly SingleGpuStats[];
}

/** Without what is not shown: a result with all its runs would be kept in memory for days. */
export function measuredIn(test: TestResult): Measured {
  return {
    ...valuesOf(ofTest, (name) => test[name]),
    ...valuesOf(ofGpus, (name) => test.gpu_stats?.[name] ?? null),
    gpus: test.gpu_stats?.gpus ?? [],
  };
}

/** A row of the chronicle, as far as it is read here. */
export interface RestoredRow
  extends Pick<TestResult, 'test_id' | Extract<OfTest, InRow>>,
    Pick<GpuStats, Extract<OfGpus, InRow>> {
  readonly run_id: string;
  readonly run_at: string;
  readonly target: string;
  readonly model: string;
  readonly mode: string | null;
  readonly category: string | null;
  readonly ctx_size: number | null;
  readonly server_kind: string | null;
  readonly server_name: string | null;
}

/** A row knows neither percentiles nor single GPUs. */
export function measuredInRow(row: RestoredRow): Measured {
  const value = (name: OfTest | OfGpus) => (isInRow(name) ? row[name] : null);
  return { ...valuesOf(ofTest, value), ...valuesOf(ofGpus, value), gpus: [] };
}

function isInRow<Name extends string>(name: Name): name is Name & InRow {
  return inRow.has(name);
}
