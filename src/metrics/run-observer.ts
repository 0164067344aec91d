/** Follows each run: what it is going to measure, how its runner ends, and what a run that failed has tried. */
import type { BenchmarkEvent } from '../benchmark/benchmark-event.js';
import type { BenchmarkMode } from '../benchmark/plan.js';
import type { TestResult } from '../benchmark/result.js';
import type { BenchmarkSeries, PlannedTest } from './series/benchmark-series.js';

/** A run that has begun, as far as it is followed here. */
export interface BegunRun {
  readonly plan: { readonly tests: readonly PlannedTest[] };
  readonly runner: { readonly ended: Promise<{ readonly status: string }> };
  readonly outcome: Promise<{ readonly status: 'done' | 'error' | 'cancelled' | 'paused' }>;
}

export interface MeasuredTarget {
  readonly target: {
    readonly name: string;
    readonly identity: { readonly kind: string };
    readonly model: string;
  };
}

export class RunObserver {
  readonly #series: Pick<BenchmarkSeries, 'expect' | 'countRequests'>;
  #tests: TestResult[] = [];
  #crashes = 0;

  constructor(series: Pick<BenchmarkSeries, 'expect' | 'countRequests'>) {
    this.#series = series;
  }

  /** Runners that crashed. */
  get crashes(): number {
    return this.#crashes;
  }

  /** To be called as soon as the runner is started. */
  readonly onRunner = (
    { plan, runner, outcome }: BegunRun,
    { target }: MeasuredTarget,
    { job }: { readonly job: { readonly mode: BenchmarkMode } },
  ): void => {
    const run = { target: target.name, server: target.identity.kind, model: target.model, mode: job.mode };
    const tests: TestResult[] = [];
    this.#tests = tests;
    this.#series.expect(run, plan.tests);
    void runner.ended.then(({ status }) => {
      if (status === 'crashed') this.#crashes += 1;
    });
    // The requests of a run that is recorded are counted with its result.
    void outcome.then(({ status }) => {
      if (status === 'error') this.#series.countRequests(run, tests);
    });
  };

  /** What the runner started last tells; there is never more than one. */
  readonly onEvent = (event: BenchmarkEvent): void => {
    if (event.type === 'test_finished') this.#tests.push(event.test);
  };
}
