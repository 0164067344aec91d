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
  stillNoisy,
} from './finding.js';
import type { RequestResult, RunFlag, SuccessfulRun, TestResult, TpsSource } from './result.js';
import { samplesOf } from './samples.js';

// Where there is no interval to hold against a precision.
const NOISY_CV = 0.1;

/** `precision` is the half-width that was aimed at, as a share of the mean; `undefined` where none was. */
export function requestFindings(test: TestResult, precision: number | undefined): Finding[] {
  const good = samplesOf(test.runs);
  return mostTellingFirst([
    ...(good.length === 0 ? [] : lostRuns(test.runs)),
    ...truncated(test),
    ...flagged(good, 'arrivals_clumped', (share, runs) => arrivalsClumped(share, speedsOf(runs))),
    ...flagged(good, 'implausible_usage', implausibleUsage),
    ...flagged(good, 'model_reloaded', (share, runs) => modelLoadedInRuns(share, longestLoadS(runs))),
    ...flagged(good, 'client_gap', clientGap),
    ...noise(test, precision),
  ]);
}

/** A test without any success has failed: its error says it all. */
function lostRuns(runs: readonly RequestResult[]): Finding[] {
  const lost = runs.filter((run) => !run.success);
  const [first] = lost;
  if (first === undefined) return [];
  return [runsLost({ runs: lost.length, of: runs.length }, first.error, first.error_detail)];
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

function longestLoadS(runs: readonly SuccessfulRun[]): number | undefined {
  const known = runs.flatMap(({ load_s }) => (load_s === null ? [] : [load_s]));
  return known.length === 0 ? undefined : Math.max(...known);
}

function speedsOf(runs: readonly SuccessfulRun[]): ClumpedSpeeds {
  const from = (source: TpsSource) =>
    runs.filter(({ tps, tps_source }) => tps !== null && tps_source === source).length;
  const firstTokens = runs.filter(({ ttft_s }) => ttft_s !== null).length;
  return { fromServer: from('server'), fromSocket: from('socket'), firstTokens };
}

function noise(test: TestResult, precision: number | undefined): Finding[] {
  if (test.avg_tps && test.ci95_tps !== null && precision !== undefined) {
    const reached = test.ci95_tps[1] / test.avg_tps - 1;
    return reached <= precision ? [] : [stillNoisy({ reached, aim: precision, runs: test.successful_runs })];
  }
  if (test.cv_tps === null || test.cv_tps <= NOISY_CV || test.avg_tps === null) return [];
  const percent = (test.cv_tps * 100).toFixed(0);
  const message = `Decode speed varied by ${percent} % around ${test.avg_tps.toFixed(1)} tokens/s over ${test.successful_runs} runs.`;
  return [{ code: 'noisy_result', message }];
}
