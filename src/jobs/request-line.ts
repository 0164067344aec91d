/** How one request of a benchmark stands in the log of its job. */
import type { BenchmarkEvent } from '../benchmark/benchmark-event.js';
import { extraRunWords, runWords } from '../shared/text/run-words.js';

type RunFinished = Extract<BenchmarkEvent, { type: 'run_finished' }>;
export type ExtraRunStarted = Extract<BenchmarkEvent, { type: 'extra_run_started' }>;

/** `extra`: the run beyond the plan that its test began last. */
export function requestLine(finished: RunFinished, extra: ExtraRunStarted | undefined): string {
  const { testId, run, result } = finished;
  const name = extra?.run === run ? extraRunWords(extra) : runWords(finished);
  const head = `      ${name}: `;
  if (!result.success)
    return `${head}${result.error}${result.error_detail === undefined ? '' : ` (${result.error_detail})`}`;
  const figures = [
    ...(testId === 'canary' ? [] : [result.tps === null ? 'decode speed unknown' : `${result.tps.toFixed(1)} tok/s`]),
    ...(result.ttft_s === null ? [] : [`first token after ${(result.ttft_s * 1000).toFixed(1)} ms`]),
    ...(result.prompt_tokens === null ? [] : [`${result.prompt_tokens} prompt tokens`]),
    `${result.completion_tokens} tokens`,
    ...result.flags,
  ];
  return head + figures.join(', ');
}
