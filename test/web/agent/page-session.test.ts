import t, { type Test } from 'tap';
import { PageSession } from '../../../src/web/agent/page-session.js';
import { agentStatus } from '../../fixtures/agent-status.js';
import { runningJob } from '../../fixtures/page-jobs.js';

/** As much of a browser as the session needs. */
function fakeWindow(answer: () => unknown, kept: Record<string, string> = {}) {
  const opened: { url: string; protocols: string[] }[] = [];
  const listeners: (() => void)[] = [];
  const document = {
    baseURI: 'https://studio:8000/typhon/',
    hidden: false,
    addEventListener: (_: string, listener: () => void) => listeners.push(listener),
  };
  const window = {
    document,
    sessionStorage: { getItem: (key: string) => kept[key] ?? null, setItem: () => undefined },
    fetch: async () => Response.json(answer()),
    WebSocket: class {
      constructor(url: URL, protocols: string[]) {
        opened.push({ url: url.href, protocols });
      }

      close(): void {
        opened.length = 0;
      }
    },
  };
  return { window: window as unknown as Window & typeof globalThis, opened, listeners };
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
