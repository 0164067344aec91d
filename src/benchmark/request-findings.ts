/** What a test's requests say beyond its figures; what its hardware says is found by whoever sampled it. */
import {
  arrivalsClumped,
  type ClumpedSpeeds,
  clientGap,
  type Finding,
  implausibleUsage,
  modelLoadedInRuns,
  mostTellingFirst,
  promptTruncated,
  runsLost,
} from './finding.js';
import type { FailedRun, RunFlag, SuccessfulRun, TestResult, TpsSource } from './result.js';

const NOISY_CV = 0.1;

/** Without those that stand in the test already. */
export function requestFindings(test: TestResult): Finding[] {
  const good = test.runs.filter((run) => run.success);
  const lost = test.runs.filter((run) => !run.success);
  return mostTellingFirst([
    ...lostRuns(good, lost),
    ...truncated(test),
    ...flagged(good, 'arrivals_clumped', (share, runs) => arrivalsClumped(share, speedsOf(runs))),
    ...flagged(good, 'implausible_usage', implausibleUsage),
    ...flagged(good, 'model_reloaded', (share) => modelLoadedInRuns(share, undefined)),
    ...flagged(good, 'client_gap', clientGap),
    ...noise(test),
  ]);
}

/** A test without any success has failed: its error says it all. */
function lostRuns(good: readonly SuccessfulRun[], [first, ...others]: readonly FailedRun[]): Finding[] {
  if (first === undefined || good.length === 0) return [];
  const runs = others.length + 1;
  return [runsLost({ runs, of: good.length + runs }, first.error, first.error_detail)];
}

function truncated({ warmup_run: warmup, runs }: TestResult): Finding[] {
  for (const run of [...runs, ...(warmup === null ? [] : [warmup])]) {
    if (!run.success && run.prompt_truncated !== undefined) return [promptTruncated(run.prompt_truncated)];
  }
  return [];
}

function flagged(
  good: readonly SuccessfulRun[],
  flag: RunFlag,
  finding: (share: { runs: number; of: number }, runs: readonly SuccessfulRun[]) => Finding,
): Finding[] {
  const concerned = good.filter(({ flags }) => flags.includes(flag));
  return concerned.length === 0 ? [] : [finding({ runs: concerned.length, of: good.length }, concerned)];
}

function speedsOf(runs: readonly SuccessfulRun[]): ClumpedSpeeds {
  const from = (source: TpsSource) =>
    runs.filter(({ tps, tps_source }) => tps !== null && tps_source === source).length;
  return { fromServer: from('server'), fromSocket: from('socket') };
}

function noise(test: TestResult): Finding[] {
  if (test.cv_tps === null || test.cv_tps <= NOISY_CV || test.avg_tps === null) return [];
  const percent = (test.cv_tps * 100).toFixed(0);
  const message = `Decode speed varied by ${percent} % around ${test.avg_tps.toFixed(1)} tokens/s over ${test.successful_runs} runs.`;
  return [{ code: 'noisy_result', message }];
}
