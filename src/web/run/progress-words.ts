import type { Job } from '../../jobs/job.js';
import { extraRunWords } from '../../shared/text/run-words.js';
import { localTime } from '../ui/times.js';

/** `3/7 Context sweep — 8,192 tokens, run 3 (extra, until ±3 %)`: the test under way is counted. */
export function progressWords(job: Job): string {
  const { status, progress } = job;
  const { done, total, current_test: test } = progress;
  if (status === 'pending' && job.gives_way !== undefined) {
    const { schedule, due_at: due } = job.gives_way;
    return `Waiting until the run of schedule ${schedule} is over, due ${localTime(due)}`;
  }
  if (status === 'pending') return 'Waiting for its turn';
  if (total === null) return 'Preparing';
  if (test === null) return done === total ? `${done}/${total} Finishing` : `${done}/${total}`;
  return `${Math.min(done + 1, total)}/${total} ${test}${extraWords(progress)}`;
}

function extraWords({ extra_run: run, precision }: Job['progress']): string {
  return run === undefined || precision === undefined ? '' : `, ${extraRunWords({ run, precision })}`;
}
