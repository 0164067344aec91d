import type { Job } from '../../jobs/job.js';

/** `3/7 Context sweep — 8,192 tokens, extra run 2`: the test under way is counted. */
export function progressWords({ status, progress }: Job): string {
  const { done, total, current_test: test, extra_run: extraRun } = progress;
  if (status === 'pending') return 'Waiting for its turn';
  if (total === null) return 'Preparing';
  if (test === null) return done === total ? `${done}/${total} Finishing` : `${done}/${total}`;
  return `${Math.min(done + 1, total)}/${total} ${test}${extraRun === undefined ? '' : `, extra run ${extraRun}`}`;
}
