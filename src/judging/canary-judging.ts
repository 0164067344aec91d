/** Holds a run's canary against the answer of earlier runs. */
import type { CanaryResult } from '../benchmark/canary/canary-result.js';
import { type KnownProbabilities, shiftBeyond } from '../benchmark/canary/token-probabilities.js';
import { type Finding, mostTellingFirst } from '../benchmark/finding.js';
import type { PlanInput } from '../benchmark/plan.js';
import type { BenchmarkResult, TestResult } from '../benchmark/result.js';
import type { StoragePaths } from '../chronicle/storage.js';
import type { Logger } from '../logger.js';
import { changedSentence } from '../shared/text/canary-words.js';
import { type CanaryReference, type CanarySeries, canaryReference } from './canary-reference.js';

/** The answer that a run's canary will be held against. Never rejects. */
export async function expectedCanary(
  series: CanarySeries,
  paths: StoragePaths,
  logger: Logger,
): Promise<Pick<PlanInput, 'canarySha256' | 'canaryLogprobs'>> {
  const reference = await readable(series, paths, logger);
  return { canarySha256: reference?.sha256, canaryLogprobs: reference?.probabilities };
}

/** The result with its canary judged. Never rejects: a chronicle that cannot be read leaves it pending. */
export async function withJudgedCanary(
  result: BenchmarkResult,
  paths: StoragePaths,
  logger: Logger,
): Promise<BenchmarkResult> {
  if (result.benchmarks.every(({ canary }) => canary === null)) return result;
  return judgedResult(result, await readable(result, paths, logger));
}

async function readable(
  series: CanarySeries,
  paths: StoragePaths,
  logger: Logger,
): Promise<CanaryReference | undefined> {
  try {
    return await canaryReference(series, paths);
  } catch (error) {
    logger.error({ err: error, target: series.target }, 'the earlier answers of the canary could not be read');
    return undefined;
  }
}

/** `undefined`: nothing is known of earlier answers. */
function judgedResult(result: BenchmarkResult, reference: CanaryReference | undefined): BenchmarkResult {
  const judged = (test: TestResult): TestResult => {
    if (test.canary === null) return test;
    const canary = judgedCanary(test.canary, reference, result);
    const finding: Finding[] =
      canary.verdict === 'output_changed' ? [{ code: 'output_changed', message: changedSentence(canary) }] : [];
    return {
      ...test,
      canary,
      canary_match: matchOf(canary),
      findings: mostTellingFirst([...test.findings, ...finding]),
    };
  };
  return { ...result, benchmarks: result.benchmarks.map(judged) };
}

function matchOf({ verdict }: CanaryResult): number | null {
  if (verdict === 'match') return 1;
  return verdict === 'output_changed' ? 0 : null;
}

function judgedCanary(
  canary: CanaryResult,
  reference: CanaryReference | undefined,
  result: BenchmarkResult,
): CanaryResult {
  if (reference === undefined || !canary.deterministic) return canary;
  const { run_id, run_at, sha256, text } = reference;
  const shift = canary.sha256 === sha256 ? shiftBetween(reference.probabilities, canary) : undefined;
  const held = { ...canary, logprob_shift: shift ?? null, reference: { run_id, run_at, sha256, text } };
  if (canary.sha256 === sha256 && shift === undefined) return { ...held, verdict: 'match' };
  // What is changed now explains no answer that was there before.
  const changes = isStanding(canary, reference) ? [] : reference.changesUntil(result);
  if (canary.server_in_use) return { ...held, verdict: 'server_in_use' };
  return { ...held, changes: [...changes], verdict: changes.length > 0 ? 'explained' : 'output_changed' };
}

/** `undefined` where the figures of both runs are alike, or one of them has none. */
function shiftBetween(before: KnownProbabilities | undefined, { logprobs, logprob_limit }: CanaryResult) {
  if (before === undefined || logprob_limit === null) return undefined;
  return shiftBeyond(Math.max(before.limit, logprob_limit), before.values, logprobs);
}

/** Whether it is the unexplained answer that the last run gave already. */
function isStanding(canary: CanaryResult, { standing }: CanaryReference): boolean {
  return canary.sha256 === standing?.sha256 && shiftBetween(standing.probabilities, canary) === undefined;
}
