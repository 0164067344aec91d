/** What came of a run, in one plain line. */
import type { BenchmarkResult } from '../../benchmark/result.js';
import type { EndedJob } from '../../jobs/job.js';
import { latency, speed } from '../../shared/figure-text.js';

export interface RunOutcome {
  readonly job: EndedJob;
  /** Of a job that is done. */
  readonly result: BenchmarkResult | undefined;
}

/** The main figures of the short prompt and the best prefill; what is unknown is left out. */
export function runLine({ job, result }: RunOutcome): string {
  if (result === undefined) return `${job.status}${job.error === null ? '' : `: ${job.error}`}`;
  const { benchmarks } = result;
  const baseline = benchmarks.find(({ category }) => category === 'baseline');
  const prefill = Math.max(...benchmarks.map(({ avg_prefill_tps: tps }) => tps ?? 0));
  const good = benchmarks.filter(({ error }) => error === null).length;
  const seconds = (Date.parse(result.finished_at) - Date.parse(result.run_at)) / 1000;
  return [
    ...figure(baseline?.avg_tps, (tps) => `decode ${speed(tps)} tokens/s`),
    ...figure(baseline?.avg_ttft_s, (ttft) => `first token after ${latency(ttft)}`),
    ...figure(prefill === 0 ? null : prefill, (tps) => `prefill ${speed(tps)} tokens/s`),
    `${good} of ${benchmarks.length} tests succeeded in ${seconds.toFixed(0)} s`,
  ].join(', ');
}

function figure(value: number | null | undefined, words: (value: number) => string): string[] {
  return value === null || value === undefined ? [] : [words(value)];
}
