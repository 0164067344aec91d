import type { RunnerPhase } from './phase.js';
import type { RequestResult, TestResult } from './result.js';

/** What a benchmark tells while it runs, in order. Stamps are `monotonicMs`. */
export type BenchmarkEvent =
  | {
      readonly type: 'phase';
      readonly phase: RunnerPhase;
      readonly testId?: string | undefined;
      readonly detail?: string | undefined;
    }
  | { readonly type: 'log'; readonly line: string }
  /** The model was loaded anew, with another context length, in tokens. */
  | { readonly type: 'context_changed'; readonly contextLength: number }
  | { readonly type: 'test_started'; readonly testId: string; readonly name: string }
  | {
      /** A run beyond those that were planned begins, for a surer mean. */
      readonly type: 'extra_run_started';
      readonly testId: string;
      /** As its `run_finished` will number it. */
      readonly run: number;
      /** What it is for: see `ExtraRunLimits`. */
      readonly precision: number;
    }
  | {
      /** Twice a second at most while tokens arrive. Counts chunks, so the speed is an estimate for the eye alone. */
      readonly type: 'live';
      readonly testId: string;
      readonly chunks: number;
      readonly chunksPerSecond: number;
    }
  | {
      readonly type: 'run_finished';
      readonly testId: string;
      /** 1 for the first timed run, as for the warm-up, which is no part of the result's runs. */
      readonly run: number;
      readonly warmup: boolean;
      readonly result: RequestResult;
    }
  | {
      readonly type: 'test_finished';
      /** Without hardware figures: those are added by whoever sampled the hardware. */
      readonly test: TestResult;
      /** From the first timed run's start to the last one's end; `undefined` where no timed run took place. */
      readonly window?: { readonly startMs: number; readonly endMs: number } | undefined;
      /** What the tests to come may spend on runs beyond the plan, in milliseconds; `undefined` where they have none. */
      readonly extraTimeLeftMs?: number | undefined;
    }
  | { readonly type: 'test_skipped'; readonly testId: string; readonly reason: string };

export type BenchmarkListener = (event: BenchmarkEvent) => void;
