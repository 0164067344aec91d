/** What two runs' canaries say beside each other. */
import type { CanaryResult } from '../../benchmark/canary/canary-result.js';
import type { BenchmarkResult } from '../../benchmark/result.js';
import { answersCompared } from '../../shared/text/canary-words.js';

/** Of one model with one workload. None where one of the runs has no canary. */
export function answerRemarks(before: BenchmarkResult, after: BenchmarkResult): string[] {
  const [was, is] = [before, after].map(canaryOf);
  if (!was || !is || before.run_id === after.run_id) return [];
  if (!was.deterministic || !is.deterministic) return ['The server is not deterministic: answers are not compared.'];
  return [answersCompared(was.text, is.text)];
}

function canaryOf({ benchmarks }: BenchmarkResult): CanaryResult | null | undefined {
  return benchmarks.find(({ canary }) => canary !== null)?.canary;
}
