import t, { type Test } from 'tap';
import { INSTALLATION_HEADER } from '../../../src/shared/installation-header.js';
import { PageSession } from '../../../src/web/agent/page-session.js';
import { keptAtHeader } from '../../../src/web/offline/kept-at.js';
import { agentStatus } from '../../fixtures/agent-status.js';
import { finishedJob, runningJob, waitingJob } from '../../fixtures/page-jobs.js';

/** As much of a browser as the session needs. */
function fakeWindow(answer: (url: string) => unknown, kept: Record<string, string> = {}) {
  const opened: { url: string; protocols: string[] }[] = [];
  const listeners: (() => void)[] = [];
  const moves: ((move: { oldURL: string; newURL: string }) => void)[] = [];
  const document = {
    baseURI: 'https://studio:8000/typhon/',
    hidden: false,
    addEventListener: (_: string, listener: () => void) => listeners.push(listener),
  };
  const window = {
    document,
    sessionStorage: {
      getItem: (key: string) => kept[key] ?? null,
      setItem: (key: string, value: string) => {
        kept[key] = value;
      },
    },
    addEventListener: (_: string, listener: (typeof moves)[number]) => moves.push(listener),
    fetch: async (url: URL) => {
      const body = await answer(url.href);
      return body instanceof Response ? body : Response.json(body);
    },
    WebSocket: class {
      constructor(url: URL, protocols: string[]) {
        opened.push({ url: url.href, protocols });
      }

      close(): void {
        opened.length = 0;
      }
    },
  };
  return { window: window as unknown as Window & typeof globalThis, opened, listeners, moves };
}

/** The next question would keep the process alive. */
function endAfter(t: Test, session: PageSession): void {
  t.teardown(() => session.close());
}

t.test('shares the status, and follows what runs with the token of the tab', async (t) => {
  const running = runningJob();
  const { window, opened, listeners } = fakeWindow(() => agentStatus({ running }), { 'typhon.token': 'a' });
  const session = new PageSession(window, 'b1');
  endAfter(t, session);
  await session.askAgain();
  t.equal(session.status.value?.host_name, 'studio');
  t.match(session.run.state.value, { kind: 'active', job: { job_id: running.job_id } });
  const url = `wss://studio:8000/typhon/jobs/${running.job_id}/ws?live=true`;
  t.same(opened, [{ url, protocols: ['typhon.bearer.YQ'] }]);
  t.equal(session.isOutdated.value, false);
  t.equal(listeners.length, 1, 'and looks again when it is looked at');
});

t.test('who watches the status is told of changes alone, and the readings are the newest', async (t) => {
  let status = agentStatus();
  const session = new PageSession(fakeWindow(() => status).window, 'b1');
  endAfter(t, session);
  await session.poll.now();
  let changes = 0;
  session.status.watch(() => {
    changes += 1;
  });
  status = agentStatus({ now: '2026-11-22T12:00:02.000Z', cpu: { temp_c: 61, power_w: null, util_pct: 40 } });
  await session.poll.now();
  t.equal(changes, 0);
  t.match(session.newest.value, { now: '2026-11-22T12:00:02.000Z', cpu: { util_pct: 40 } });
  status = agentStatus({ waiting: [waitingJob()] });
  await session.poll.now();
  t.equal(changes, 1);
  t.match(session.status.value, { waiting: [{ job_id: waitingJob().job_id }] });
});

t.test('knows that its agent brings another page, and that it is another process', async (t) => {
  let status = agentStatus();
  const session = new PageSession(fakeWindow(() => status).window, 'b1');
  endAfter(t, session);
  await session.poll.now();
  const before = session.changes.value;
  status = agentStatus({ page_build: 'b2', started_at: '2026-11-22T12:30:00.000Z' });
  await session.poll.now();
  t.equal(session.isOutdated.value, true);
  t.equal(session.changes.value, before + 1);
});

t.test('a question under way when the reader signs in brings all that was refused', async (t) => {
  const kept: Record<string, string> = {};
  const underWay: ((answer: Response) => void)[] = [];
  const { window } = fakeWindow(() => {
    if (kept['typhon.token'] !== undefined) return agentStatus();
    return new Promise<Response>((resolve) => underWay.push(resolve));
  }, kept);
  const session = new PageSession(window, 'b1');
  endAfter(t, session);
  const { question } = session.tokens;
  const refuse = (token: string | undefined) => {
    const forget = question.watch(() => {
      forget();
      queueMicrotask(() => question.value?.answer(token));
    });
    underWay.shift()?.(Response.json({ detail: 'a token is needed' }, { status: 401 }));
  };
  const declined = session.poll.now();
  refuse(undefined);
  await declined;
  t.match(session.poll.link.value, { state: 'down', isLocked: true });
  const before = session.changes.value;

  const answered = session.poll.now();
  const asked = session.askAgain();
  refuse('secret');
  await Promise.all([answered, asked]);
  t.equal(session.poll.link.value.state, 'up');
  t.equal(session.changes.value, before + 1);
});

t.test('an agent that is away shows as what the browser remembers, as old as the oldest of it', async (t) => {
  const remembered = (body: object, atMs: number) => Response.json(body, { headers: keptAtHeader(atMs) });
  let isAway = true;
  const answer = (url: string) => {
    if (!isAway) return agentStatus();
    return url.endsWith('/status') ? remembered(agentStatus({ running: runningJob() }), 2000) : remembered({}, 1000);
  };
  const { window, opened, moves } = fakeWindow(answer);
  const session = new PageSession(window, 'b1');
  endAfter(t, session);
  await session.poll.now();
  t.equal(session.status.value?.host_name, 'studio');
  t.match(session.poll.link.value, { state: 'down', reason: 'The agent does not answer.', isLocked: false });
  t.same(opened, [], 'a run of then is not followed');
  t.equal(session.keptAtMs.value, 2000);
  await session.client.get('trends');
  await session.poll.now();
  t.equal(session.keptAtMs.value, 1000);
  const page = 'https://studio:8000/typhon/';
  const go = (from: string, to: string) => {
    for (const move of moves) move({ oldURL: page + from, newURL: page + to });
  };
  go('#/trends', '#/trends?range=30d');
  t.equal(session.keptAtMs.value, 1000);
  go('#/trends?range=30d', '#/models');
  t.equal(session.keptAtMs.value, 2000, 'in another view what the former one showed does not count');
  isAway = false;
  const before = session.changes.value;
  await session.poll.now();
  t.equal(session.poll.link.value.state, 'up');
  t.equal(session.changes.value, before + 1, 'everything is asked for again');
});

t.test('another installation at the same address takes nothing over from the one before', async (t) => {
  const by = (id: string, body: object, headers: Readonly<Record<string, string>> = {}) =>
    Response.json(body, { headers: { ...headers, [INSTALLATION_HEADER]: id } });
  let answer = () => by('a', agentStatus({ running: runningJob() }));
  const { window, opened } = fakeWindow(() => answer());
  const session = new PageSession(window, 'b1');
  endAfter(t, session);
  await session.poll.now();
  await session.poll.now();
  t.equal(session.others.value, 0);
  t.equal(session.run.state.value.kind, 'active');
  answer = () => by('a', {}, keptAtHeader(1000));
  await session.client.get('trends');
  t.equal(session.keptAtMs.value, 1000);
  answer = () => by('b', agentStatus({ host_name: 'attic', last_ended: finishedJob() }));
  await session.client.get('jobs');
  t.equal(session.others.value, 1);
  t.equal(session.keptAtMs.value, undefined, 'the age was that of what is gone');
  t.equal(session.run.state.value.kind, 'idle');
  t.same(opened, [], 'nor is the run followed any more');
  // It is asked for at once.
  while (session.status.value === undefined) await new Promise(setImmediate);
  await session.poll.now();
  t.equal(session.status.value.host_name, 'attic');
  t.equal(session.run.state.value.kind, 'idle', 'the last job of the other one is no news');
  t.equal(session.others.value, 1);
});

t.test('what is old is called old until all that is new has come', async (t) => {
  let isAway = true;
  const answers: ((body: object) => void)[] = [];
  const answer = (url: string) => {
    if (isAway) return Response.json(agentStatus(), { headers: keptAtHeader(2000) });
    return url.endsWith('/status') ? agentStatus() : new Promise<object>((resolve) => answers.push(resolve));
  };
  const session = new PageSession(fakeWindow(answer).window, 'b1');
  endAfter(t, session);
  await session.poll.now();
  isAway = false;
  const asked: Promise<unknown>[] = [];
  session.changes.watch(() => asked.push(session.client.get('trends')));
  await session.poll.now();
  await session.poll.now();
  t.equal(asked.length, 1, 'it is asked for once');
  t.equal(session.keptAtMs.value, 2000);
  answers[0]?.({});
  await asked[0];
  t.equal(session.keptAtMs.value, undefined);
});

t.test('what an agent that answers does not answer stays old, and is asked for again', async (t) => {
  let isAway = true;
  const answer = (url: string) => {
    if (!isAway && url.endsWith('/status')) return agentStatus();
    return Response.json(agentStatus(), { headers: keptAtHeader(2000) });
  };
  const session = new PageSession(fakeWindow(answer).window, 'b1');
  endAfter(t, session);
  await session.poll.now();
  isAway = false;
  const asked: Promise<unknown>[] = [];
  session.changes.watch(() => asked.push(session.client.get('trends')));
  for (const times of [1, 2]) {
    await session.poll.now();
    await Promise.all(asked);
    t.equal(asked.length, times);
    t.equal(session.keptAtMs.value, 2000);
  }
});
