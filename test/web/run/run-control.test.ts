import t from 'tap';
import type { Job } from '../../../src/jobs/job.js';
import { AgentRefusal, AgentUnreachable } from '../../../src/web/agent/agent-client.js';
import type { FeedSocket } from '../../../src/web/run/job-feed.js';
import { RunControl } from '../../../src/web/run/run-control.js';
import { ManualTimer } from '../../fixtures/manual-timer.js';
import { finishedJob, runningJob, waitingJob } from '../../fixtures/page-jobs.js';

const REQUEST = { mode: 'quick', target: undefined, model: undefined, isPatient: false } as const;

interface BenchOptions {
  /** What the agent knows of its one job. */
  job: Job;
  send?: (path: string) => unknown;
}

function bench(options: BenchOptions) {
  const sent: string[] = [];
  const sockets: FeedSocket[] = [];
  const changes: string[] = [];
  const control = new RunControl({
    client: {
      get: async <T>() => options.job as T,
      send: async <T>(method: string, path: string) => {
        sent.push(`${method} ${path}`);
        const answer = options.send?.(path) ?? options.job;
        if (answer instanceof Error) throw answer;
        return answer as T;
      },
    },
    openSocket: () => {
      const socket: FeedSocket = { onopen: null, onmessage: null, onclose: null, close: () => undefined };
      sockets.push(socket);
      return socket;
    },
    timer: new ManualTimer(),
    onChange: () => changes.push(control.state.value.kind),
  });
  const says = (message: object) =>
    sockets.at(-1)?.onmessage?.call({} as WebSocket, { data: JSON.stringify(message) } as MessageEvent);
  return { control, sent, sockets, changes, says, options };
}

const settled = () => new Promise(setImmediate);

t.test('starts a run and follows it to its end', async (t) => {
  const { control, sent, says, changes, options } = bench({ job: runningJob() });
  await control.start({ ...REQUEST, target: 'local', model: 'm', isPatient: true });
  t.same(sent, ['POST jobs/run?mode=quick&on_busy=queue&target=local&model=m']);
  says({ type: 'log', line: 'a' });
  t.match(control.state.value, { kind: 'active', lines: ['a'] });
  options.job = finishedJob();
  says({ type: 'done', status: 'done' });
  await settled();
  t.match(control.state.value, { kind: 'ended', job: { status: 'done' }, lines: ['a'] });
  t.equal(changes.at(-1), 'ended');
  control.dismiss();
  t.equal(control.state.value.kind, 'idle');
});

t.test('a job in the way is named', async (t) => {
  const busy = new AgentRefusal(409, 'busy', 'b4f1c820');
  const { control } = bench({ job: runningJob(), send: () => busy });
  await control.start(REQUEST);
  t.match(control.state.value, { kind: 'idle', problem: { kind: 'busy', jobId: 'b4f1c820' } });
  const gone = bench({ job: runningJob(), send: () => new AgentUnreachable('gone') });
  await gone.control.start(REQUEST);
  t.match(gone.control.state.value, { kind: 'idle', problem: { kind: 'failed', detail: 'gone' } });
});

t.test('what was refused can wait for its turn, beside the one that runs', async (t) => {
  const busy = new AgentRefusal(409, 'busy', 'b4f1c820');
  const isPatient = (path: string) => path.includes('on_busy=queue');
  const { control, sent } = bench({ job: waitingJob(), send: (path) => (isPatient(path) ? undefined : busy) });
  await control.start({ ...REQUEST, target: 'local' });
  control.seen({ running: runningJob('b4f1c820'), waiting: [], last_ended: null });
  await control.runAfterwards();
  t.equal(sent.at(-1), 'POST jobs/run?mode=quick&on_busy=queue&target=local');
  t.match(control.state.value, { kind: 'active', job: { job_id: 'b4f1c820' }, problem: undefined });
});

t.test('follows whatever the agent says runs, once', async (t) => {
  const { control, sockets } = bench({ job: runningJob() });
  control.seen({ running: null, waiting: [], last_ended: null });
  t.equal(control.state.value.kind, 'idle');
  control.seen({ running: runningJob(), waiting: [], last_ended: null });
  control.seen({ running: runningJob(), waiting: [], last_ended: null });
  t.equal(sockets.length, 1);
  t.match(control.state.value, { kind: 'active', job: { job_id: 'a3f1c820' } });
});

t.test('a job that ended unheard, as when the agent was killed, is looked up', async (t) => {
  const { control, options } = bench({ job: runningJob() });
  control.seen({ running: runningJob(), waiting: [], last_ended: null });
  options.job = finishedJob({ status: 'interrupted', reason: 'the agent ended' });
  control.seen({ running: null, waiting: [], last_ended: null });
  await settled();
  t.match(control.state.value, { kind: 'ended', job: { status: 'interrupted' } });
});

t.test(
  'a run that began and ended between two looks is told, once, and none from before the page was opened',
  async (t) => {
    const { control, changes } = bench({ job: finishedJob() });
    const ended = (id: string) => ({ running: null, waiting: [], last_ended: finishedJob(undefined, { id }) });
    control.seen(ended('a3f1c820'));
    t.equal(control.state.value.kind, 'idle');
    control.seen(ended('b4f1c820'));
    t.match(control.state.value, { kind: 'ended', job: { job_id: 'b4f1c820' } });
    t.same(changes, ['ended']);
    control.dismiss();
    control.seen(ended('b4f1c820'));
    t.equal(control.state.value.kind, 'idle');
  },
);

t.test('of several jobs the running one is followed', async (t) => {
  const { control } = bench({ job: waitingJob() });
  await control.start({ ...REQUEST, isPatient: true });
  t.match(control.state.value, { kind: 'active', job: { status: 'pending' } });
  control.seen({ running: runningJob('b4f1c820'), waiting: [waitingJob()], last_ended: null });
  t.match(control.state.value, { kind: 'active', job: { job_id: 'b4f1c820' } });
});

t.test('cancels, also what ended by itself meanwhile', async (t) => {
  const cancelled = finishedJob({ status: 'cancelled' });
  const { control, sent } = bench({ job: runningJob(), send: () => cancelled });
  await control.cancel();
  control.seen({ running: runningJob(), waiting: [], last_ended: null });
  const cancelling = control.cancel();
  t.match(control.state.value, { kind: 'active', isCancelling: true });
  await Promise.all([cancelling, control.cancel()]);
  t.same(sent, ['POST jobs/a3f1c820/cancel'], 'asked for once');
  t.match(control.state.value, { kind: 'ended', job: { status: 'cancelled' } });

  const late = bench({ job: runningJob(), send: () => new AgentRefusal(409, 'not running') });
  late.control.seen({ running: runningJob(), waiting: [], last_ended: null });
  late.options.job = finishedJob();
  await late.control.cancel();
  t.match(late.control.state.value, { kind: 'ended', job: { status: 'done' } });

  const stuck = bench({ job: runningJob(), send: () => new AgentRefusal(500, 'could not be stopped') });
  stuck.control.seen({ running: runningJob(), waiting: [], last_ended: null });
  await stuck.control.cancel();
  t.match(stuck.control.state.value, {
    kind: 'active',
    isCancelling: false,
    problem: { detail: 'could not be stopped' },
  });
});

t.test('a job that nobody knows any more leaves the page', async (t) => {
  const lost = new RunControl({
    client: {
      get: async () => {
        throw new AgentRefusal(404, 'not found');
      },
      send: async () => {
        throw new AgentRefusal(404, 'not found');
      },
    },
    openSocket: () => ({ onopen: null, onmessage: null, onclose: null, close: () => undefined }),
    timer: new ManualTimer(),
    onChange: () => undefined,
  });
  lost.seen({ running: runningJob(), waiting: [], last_ended: null });
  lost.seen({ running: null, waiting: [], last_ended: null });
  await settled();
  t.equal(lost.state.value.kind, 'idle');
});
