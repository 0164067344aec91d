import t from 'tap';
import { initialRun, nextRun, type RunHappening, type RunState, visibleJob } from '../../../src/web/run/run-state.js';
import { NONE } from '../../fixtures/none.js';
import { finishedJob, runningJob, waitingJob } from '../../fixtures/page-jobs.js';

function after(...happenings: readonly RunHappening[]): RunState {
  return happenings.reduce(nextRun, initialRun);
}

const seen = { type: 'seen', job: runningJob() } as const;
const open = { type: 'feed_open' } as const;
const line = (text: string) => ({ type: 'message', message: { type: 'log', line: text } }) as const;

t.test('from the wish to the success', async (t) => {
  t.equal(after({ type: 'asked' }).kind, 'starting');
  t.match(after({ type: 'asked' }, seen), { kind: 'active', feed: 'connecting', lines: NONE, isCancelling: false });
  t.match(after({ type: 'asked' }, seen, { type: 'ended', job: finishedJob() }), {
    kind: 'ended',
    job: { status: 'done' },
  });
  t.match(after({ type: 'asked' }, { type: 'ended', job: finishedJob() }), { kind: 'ended' }, 'too quick to be seen');
  t.same(after(seen, { type: 'ended', job: finishedJob() }, { type: 'dismissed' }), initialRun);
  t.equal(visibleJob(after(seen))?.job_id, 'a3f1c820');
  t.equal(visibleJob(initialRun), undefined);
});

t.test('a refused wish says why, also beside the job in the way', async (t) => {
  const problem = { kind: 'busy', detail: 'busy', jobId: 'a3f1c820' } as const;
  const refused = { type: 'refused', problem } as const;
  t.same(after({ type: 'asked' }, refused), { kind: 'idle', problem });
  t.match(after({ type: 'asked' }, refused, seen), { kind: 'active', problem });
  t.match(after({ type: 'asked' }, seen, refused), { kind: 'active', problem });
  t.equal(after({ type: 'asked' }, refused, { type: 'dismissed' }).problem, undefined);
  t.equal(after({ type: 'asked' }, refused, { type: 'asked' }).kind, 'starting');
});

t.test('a log that is replayed after a loss has no gap and no double', async (t) => {
  const lost = { type: 'feed_lost' } as const;
  const state = after(seen, open, line('a'), line('b'), lost, open, line('a'), line('b'), line('c'), line('b'));
  t.match(state, { kind: 'active', lines: ['a', 'b', 'c', 'b'], feed: 'open' });
  t.match(after(seen, open, line('a'), line('b'), lost, open, line('a')), { lines: ['a', 'b'] });
});

t.test('progress is the newest there is', async (t) => {
  const progress = { done: 2, total: 7, current_test: 'Long' };
  const told = { type: 'message', message: { type: 'progress', ...progress } } as const;
  t.match(after(seen, open, told), { job: { progress } });
  t.match(after(seen, open, told, seen), { job: { progress } }, 'an older answer does not set it back');
  t.match(
    after(seen, told, { type: 'feed_lost' }, seen),
    { job: { progress: { total: null } } },
    'without a feed it does',
  );
  t.match(after(seen, open, { type: 'message', message: { type: 'done', status: 'done' } }), { kind: 'active' });
});

t.test('an answer that says nothing new changes nothing', async (t) => {
  const told = { type: 'message', message: { type: 'progress', done: 2, total: 7, current_test: 'Long' } } as const;
  const state = after(seen, open, told);
  t.equal(nextRun(state, { type: 'seen', job: runningJob() }), state);
  const speed = { test_id: 'long_gen', chunks: 10, chunks_per_second: 82 };
  t.equal(nextRun(state, { type: 'message', message: { type: 'live', ...speed } }), state, 'nor does a speed');
  t.match(nextRun(state, { type: 'seen', job: { ...runningJob(), pausing: true } }), { job: { pausing: true } });
});

t.test('cancelling ends with the job or with a reason', async (t) => {
  const asked = { type: 'cancel_asked' } as const;
  t.match(after(seen, asked), { isCancelling: true });
  t.match(after(seen, asked, { type: 'cancel_failed', detail: 'stuck' }), {
    isCancelling: false,
    problem: { kind: 'failed', detail: 'stuck' },
  });
  t.match(after(seen, asked, { type: 'ended', job: finishedJob({ status: 'cancelled' }) }), {
    kind: 'ended',
    job: { status: 'cancelled' },
  });
});

t.test('another job takes the place of the one before', async (t) => {
  const other = { type: 'seen', job: runningJob('b4f1c820') } as const;
  t.match(after(seen, open, line('a'), other), { job: { job_id: 'b4f1c820' }, lines: NONE });
  t.match(after(seen, other, { type: 'ended', job: finishedJob() }), { kind: 'active' }, 'the end of another one');
  t.match(after({ type: 'seen', job: waitingJob() }, open, seen), { kind: 'active', job: { status: 'running' } });
});

t.test('what comes too late changes nothing', async (t) => {
  const late: readonly RunHappening[] = [
    open,
    line('a'),
    { type: 'feed_lost' },
    { type: 'cancel_asked' },
    { type: 'cancel_failed', detail: 'x' },
    { type: 'ended', job: finishedJob() },
  ];
  for (const happening of late) t.equal(nextRun(initialRun, happening), initialRun, happening.type);
  t.equal(nextRun(after({ type: 'asked' }), { type: 'dismissed' }).kind, 'starting');
  t.equal(nextRun(after(seen), { type: 'asked' }).kind, 'active');
});
