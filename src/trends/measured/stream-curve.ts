/** How fast the machine is for one stream, and for all together, the more of them there are at once. */
import * as z from 'zod';
import type { TestResult } from '../../benchmark/result.js';

const known = z.number().nullable();

export const streamPointSchema = z.object({
  test_id: z.string(),
  streams: z.number().int(),
  /** All streams together, tokens per second, from the first send to the last token. */
  aggregate_tps: known,
  /** That over what one stream gets alone. */
  aggregate_ratio: known,
  /** Decode speed of one of them, tokens per second. */
  stream_tps: known,
  /** Of those that did not have to wait for a slot, and of those that had to. */
  avg_ttft_s: known,
  avg_queued_ttft_s: known,
  error: z.string().nullable(),
});
export type StreamPoint = z.infer<typeof streamPointSchema>;

/**
 * Of a run's load tests, with the short prompt in front, which is one stream of the same prompt with half as long an
 * answer: a long wait for the first token weighs somewhat more in it. None where the run has no load test.
 */
export function streamCurve(tests: readonly TestResult[]): StreamPoint[] {
  const load = tests.filter(({ category }) => category === 'load').sort((a, b) => a.concurrency - b.concurrency);
  if (load.length === 0) return [];
  const single = tests.filter(({ category }) => category === 'baseline').slice(0, 1);
  const one = single[0] === undefined ? null : wholeSpeed(single[0]);
  return [...single, ...load].map((test) => {
    const aggregate = test.concurrency === 1 ? wholeSpeed(test) : test.aggregate_tps;
    return {
      test_id: test.test_id,
      streams: test.concurrency,
      aggregate_tps: aggregate,
      aggregate_ratio: aggregate === null || one === null ? null : aggregate / one,
      stream_tps: test.avg_tps,
      avg_ttft_s: test.avg_ttft_s,
      avg_queued_ttft_s: test.avg_queued_ttft_s,
      error: test.error,
    };
  });
}

/** Of a single stream in the manner of all together: its tokens over the whole time, the wait for the first included. */
function wholeSpeed({ completion_tokens: tokens, avg_elapsed_s: seconds }: TestResult): number | null {
  return tokens === null || seconds === null || seconds <= 0 ? null : tokens / seconds;
}
