/** What the end of a run tells of its server. */
import type { BenchmarkResult } from '../benchmark/result.js';
import { lostConnection, SERVER_DOWN } from '../benchmark/skip-reason.js';
import type { Config } from '../config/schema.js';
import type { EndedJob } from '../jobs/job.js';
import type { TargetProber } from '../metrics/target-prober.js';
import { DISCOVERED_TARGET } from '../servers/discovered-target.js';
import { targetNamed } from '../servers/target.js';

export interface RunEndsOptions {
  /** Asked at each use: a reload may change it. */
  readonly targets: () => Config['targets'];
  readonly prober: Pick<TargetProber, 'runEnded'>;
}

/** Has a target looked at where a run has found its server gone, or has been through on one that was. */
export class RunEnds {
  readonly #options: RunEndsOptions;
  /** The last run that found it gone. */
  #lostRunId: string | undefined;

  constructor(options: RunEndsOptions) {
    this.#options = options;
  }

  /** A result has been recorded: its job ends next. */
  recorded(result: BenchmarkResult): void {
    if (lostItsServer(result)) this.#lostRunId = result.run_id;
  }

  /** To be called once for each job, when it no longer counts as running. */
  jobEnded(job: EndedJob): void {
    const { targets, prober } = this.#options;
    if (job.status !== 'done' && job.status !== 'error') return;
    // A run that has failed as a whole may have met nobody.
    const isLost = job.status === 'error' || job.run_id === this.#lostRunId;
    prober.runEnded({ target: nameOf(job, targets()), isLost });
  }
}

/** Tests were not begun for it, or the last request of all lost its connection. */
function lostItsServer({ benchmarks, skipped }: BenchmarkResult): boolean {
  if (skipped.some(({ reason }) => reason === SERVER_DOWN)) return true;
  const last = benchmarks.at(-1);
  return last !== undefined && lostConnection(last);
}

/** One that failed before its target was chosen has what was asked for: a name, a URL or nothing. */
function nameOf({ target }: EndedJob, configured: Config['targets']): string {
  return targetNamed({ configured, target: target ?? undefined }) ?? target ?? DISCOVERED_TARGET;
}
