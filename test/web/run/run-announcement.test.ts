import t from 'tap';
import { runAnnouncement } from '../../../src/web/run/run-announcement.js';
import { initialRun, nextRun, type RunHappening } from '../../../src/web/run/run-state.js';
import { finishedJob, runningJob, waitingJob } from '../../fixtures/page-jobs.js';

/** What is read out after each of these, as often as it changes. */
function spoken(...happenings: readonly RunHappening[]): string[] {
  let state = initialRun;
  const words: string[] = [];
  for (const happening of happenings) {
    state = nextRun(state, happening);
    const { calm, urgent } = runAnnouncement(state);
    const next = urgent === '' ? calm : `! ${urgent}`;
    if (next !== words.at(-1)) words.push(next);
  }
  return words;
}

const asked = { type: 'asked' } as const;
const seen = { type: 'seen', job: runningJob() } as const;
const progress = (done: number): RunHappening => ({
  type: 'message',
  message: { type: 'progress', done, total: 3, current_test: `test ${done}` },
});

t.test('every turn of events once, however far the tests are', async (t) => {
  t.same(spoken(asked, seen, progress(0), progress(1), { type: 'ended', job: finishedJob() }, { type: 'dismissed' }), [
    'The benchmark is starting',
    'The benchmark is running',
    'The benchmark is done',
    '',
  ]);
  t.same(
    spoken(
      asked,
      { type: 'seen', job: waitingJob() },
      seen,
      { type: 'cancel_asked' },
      { type: 'ended', job: finishedJob({ status: 'cancelled' }) },
    ),
    [
      'The benchmark is starting',
      'The benchmark waits for its turn',
      'The benchmark is running',
      'The benchmark is being cancelled',
      'The benchmark is cancelled',
    ],
  );
});

t.test('what went wrong is urgent', async (t) => {
  const failed = finishedJob({ status: 'error', error: 'timeout' });
  t.same(spoken(asked, seen, { type: 'ended', job: failed }), [
    'The benchmark is starting',
    'The benchmark is running',
    '! The benchmark failed: The server did not answer in time. (timeout)',
  ]);
  const busy = { kind: 'busy', detail: 'busy', jobId: 'a3f1c820' } as const;
  t.same(spoken(asked, { type: 'refused', problem: busy }), [
    'The benchmark is starting',
    '! Not started: job a3f1c820 is under way',
  ]);
  t.same(spoken(asked, { type: 'refused', problem: { kind: 'failed', detail: 'The agent does not answer.' } }), [
    'The benchmark is starting',
    '! That did not work: The agent does not answer.',
  ]);
});
