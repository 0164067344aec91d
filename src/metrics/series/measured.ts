/** The figures of a test's last good run that are shown until the next one; `null` is unknown. */
import type { SingleGpuStats, TestResult } from '../../benchmark/result.js';

/** Seconds, tokens per second, joules: as in a result. */
export interface Measured
  extends Pick<
    TestResult,
    | 'avg_tps'
    | 'best_tps'
    | 'cv_tps'
    | 'avg_prefill_tps'
    | 'avg_ttft_s'
    | 'avg_elapsed_s'
    | 'itl_p50_s'
    | 'itl_p95_s'
    | 'itl_p99_s'
  > {
  readonly joules_per_token: number | null;
  readonly gpus: readonly SingleGpuStats[];
}

/** Without what is not shown: a result with all its runs would be kept in memory for days. */
export function measuredIn(test: TestResult): Measured {
  return {
    avg_tps: test.avg_tps,
    best_tps: test.best_tps,
    cv_tps: test.cv_tps,
    avg_prefill_tps: test.avg_prefill_tps,
    avg_ttft_s: test.avg_ttft_s,
    avg_elapsed_s: test.avg_elapsed_s,
    itl_p50_s: test.itl_p50_s,
    itl_p95_s: test.itl_p95_s,
    itl_p99_s: test.itl_p99_s,
    joules_per_token: test.gpu_stats?.joules_per_token ?? null,
    gpus: test.gpu_stats?.gpus ?? [],
  };
}

/** A row of the chronicle, as far as it is read here. */
export interface RestoredRow
  extends Pick<
    TestResult,
    'test_id' | 'avg_tps' | 'best_tps' | 'cv_tps' | 'avg_prefill_tps' | 'avg_ttft_s' | 'avg_elapsed_s'
  > {
  readonly run_id: string;
  readonly run_at: string;
  readonly target: string;
  readonly model: string;
  readonly mode: string | null;
  readonly category: string | null;
  readonly ctx_size: number | null;
  readonly server_name: string | null;
  readonly joules_per_token: number | null;
}

/** A row knows neither percentiles nor single GPUs. */
export function measuredInRow(row: RestoredRow): Measured {
  return {
    avg_tps: row.avg_tps,
    best_tps: row.best_tps,
    cv_tps: row.cv_tps,
    avg_prefill_tps: row.avg_prefill_tps,
    avg_ttft_s: row.avg_ttft_s,
    avg_elapsed_s: row.avg_elapsed_s,
    itl_p50_s: null,
    itl_p95_s: null,
    itl_p99_s: null,
    joules_per_token: row.joules_per_token,
    gpus: [],
  };
}
