import t from 'tap';
import { nextSpeed } from '../../../src/web/run/run-speed.js';
import { initialRun, nextRun, type RunHappening } from '../../../src/web/run/run-state.js';
import { finishedJob, runningJob, waitingJob } from '../../fixtures/page-jobs.js';

const seen = { type: 'seen', job: runningJob() } as const;
const speed = { test_id: 'long_gen', chunks: 10, chunks_per_second: 82 };
const live = { type: 'message', message: { type: 'live', ...speed } } as const;

function progress(test: string | null): RunHappening {
  return { type: 'message', message: { type: 'progress', done: 2, total: 7, current_test: test } };
}

function speedAfter(...happenings: readonly RunHappening[]) {
  let [state, last]: [typeof initialRun, ReturnType<typeof nextSpeed>] = [initialRun, undefined];
  for (const happening of happenings) {
    last = nextSpeed(last, state, happening);
    state = nextRun(state, happening);
  }
  return last;
}

t.test('the newest speed of the test under way', async (t) => {
  const newer = { ...speed, chunks: 50, chunks_per_second: 79 };
  t.same(speedAfter(seen, progress('Long'), live), speed);
  t.same(speedAfter(seen, live, { type: 'message', message: { type: 'live', ...newer } }), newer);
  const others: readonly RunHappening[] = [
    seen,
    { type: 'feed_open' },
    { type: 'message', message: { type: 'log', line: 'a' } },
    { type: 'cancel_asked' },
    { type: 'ended', job: finishedJob(undefined, { id: 'b4f1c820' }) },
    progress('Long'),
  ];
  for (const other of others) t.same(speedAfter(seen, progress('Long'), live, other), speed, JSON.stringify(other));
});

t.test('none where nobody knows', async (t) => {
  const ends: readonly RunHappening[] = [
    progress('Short'),
    progress(null),
    { type: 'feed_lost' },
    { type: 'message', message: { type: 'done', status: 'done' } },
    { type: 'ended', job: finishedJob() },
    { type: 'seen', job: runningJob('b4f1c820') },
  ];
  for (const end of ends) t.equal(speedAfter(seen, progress('Long'), live, end), undefined, JSON.stringify(end));
  t.equal(speedAfter(live), undefined, 'nothing is followed');
  t.equal(speedAfter({ type: 'seen', job: waitingJob() }), undefined);
});
