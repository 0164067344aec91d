/** What differed between the runs around a regression's start, read from the whole results on disk. */
import type { BenchmarkResult } from '../benchmark/result.js';
import { readRun } from '../chronicle/run-folder.js';
import type { StoragePaths } from '../chronicle/storage.js';
import { environmentOfResult } from '../trends/changes/environment-snapshot.js';
import { type Change, whatChanged } from '../trends/changes/what-changed.js';
import type { Regression } from '../trends/regression-state.js';

/** Several signals change with one run: each is read once. */
export class RunEnvironments {
  readonly #paths: StoragePaths;
  readonly #runs = new Map<string, Promise<BenchmarkResult | undefined>>();

  constructor(paths: StoragePaths) {
    this.#paths = paths;
  }

  /**
   * The likeliest cause first. Whole results tell more than rows: the link, the clocks, the kernel, other programs.
   * `undefined` where retention has taken one of the two runs, or it cannot be read.
   */
  async changesAround(
    regression: Pick<Regression, 'before_run_id' | 'after_run_id'>,
    testId: string,
  ): Promise<readonly Change[] | undefined> {
    const ids = [regression.before_run_id, regression.after_run_id];
    const [before, after] = await Promise.all(ids.map((runId) => this.#run(runId)));
    if (before === undefined || after === undefined) return undefined;
    return whatChanged(environmentOfResult(before, testId), environmentOfResult(after, testId));
  }

  #run(runId: string): Promise<BenchmarkResult | undefined> {
    const known = this.#runs.get(runId) ?? readRun(runId, this.#paths).catch(() => undefined);
    this.#runs.set(runId, known);
    return known;
  }
}
