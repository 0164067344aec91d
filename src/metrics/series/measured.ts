/** The figures of a test's last good run that are shown until the next one; `null` is unknown. */
import type { BenchmarkResult, GpuStats, SingleGpuStats, TestResult } from '../../benchmark/result.js';
import { type NamesWith, namesWith, valuesOf } from '../../shared/figure-table.js';
import { type GpuFigureOf, gpuFigures, gpuFiguresOf } from '../../shared/gpu-figures.js';
import { quantisationOf } from '../../shared/quantisation.js';
import { testFigures } from '../../shared/test-figures.js';

type OfTest = NamesWith<typeof testFigures, 'metric'>;
type OfGpus = GpuFigureOf<'all'>;
type InRow = NamesWith<typeof testFigures, 'inRow'> | NamesWith<typeof gpuFigures, 'inRow'>;

const ofTest = namesWith(testFigures, 'metric');
const ofGpus = gpuFiguresOf('all');
const inRow: ReadonlySet<string> = new Set([...namesWith(testFigures, 'inRow'), ...namesWith(gpuFigures, 'inRow')]);

/** What was measured, beside what its series is known by. Unknown is `null`. */
export interface MeasuredModel {
  readonly model_file: string | null;
  readonly quantisation: string | null;
  readonly server_version: string | null;
}

/** In the units of a result. */
export interface Measured extends Pick<TestResult, OfTest>, Pick<GpuStats, OfGpus> {
  readonly gpus: readonly SingleGpuStats[];
  readonly of: MeasuredModel;
}

/** Without what is not shown: a result with all its runs would be kept in memory for days. */
export function measuredIn(test: TestResult, { model, server }: Pick<BenchmarkResult, 'model' | 'server'>): Measured {
  return {
    ...valuesOf(ofTest, (name) => test[name]),
    ...valuesOf(ofGpus, (name) => test.gpu_stats?.[name] ?? null),
    gpus: test.gpu_stats?.gpus ?? [],
    of: measuredModel({ ...server, model, server_version: server.version }),
  };
}

/** A row of the chronicle, as far as it is read here. */
export interface RestoredRow
  extends Pick<TestResult, 'test_id' | Extract<OfTest, InRow>>,
    Pick<GpuStats, Extract<OfGpus, InRow>>,
    MeasuredModel {
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
  return { ...valuesOf(ofTest, value), ...valuesOf(ofGpus, value), gpus: [], of: measuredModel(row) };
}

function measuredModel(of: MeasuredModel & { readonly model: string }): MeasuredModel {
  return {
    model_file: of.model_file,
    quantisation: quantisationOf(of) ?? null,
    server_version: of.server_version,
  };
}

function isInRow<Name extends string>(name: Name): name is Name & InRow {
  return inRow.has(name);
}
