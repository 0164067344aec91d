import t from 'tap';
import { keepForOffline } from '../../../src/web/offline/worker-registration.js';
import { Cell } from '../../../src/web/ui/cell.js';

interface FakeWindowOptions {
  readonly isSecure?: boolean;
  readonly isLoaded?: boolean;
  readonly hasTrustedTypes?: boolean;
  readonly register?: () => Promise<unknown>;
}

/** As much of a browser as the registration needs. */
function bench({ isSecure = true, isLoaded = true, hasTrustedTypes = false, register }: FakeWindowOptions = {}) {
  const registered: unknown[] = [];
  const listeners = new Map<string, () => void>();
  const addEventListener = (kind: string, listener: () => void) => void listeners.set(kind, listener);
  let updates = 0;
  const serviceWorker = {
    addEventListener,
    register: async (url: unknown) => {
      registered.push(url);
      await register?.();
    },
    getRegistration: async () => ({ update: async () => ++updates }),
  };
  const createPolicy = (name: string, { createScriptURL }: { createScriptURL: () => string }) => ({
    createScriptURL: () => `${name}: ${createScriptURL()}`,
  });
  const window = {
    navigator: isSecure ? { serviceWorker } : {},
    document: { baseURI: 'https://studio:8000/typhon/', readyState: isLoaded ? 'complete' : 'interactive' },
    addEventListener,
    ...(hasTrustedTypes ? { trustedTypes: { createPolicy } } : {}),
  } as unknown as Window;
  let renewals = 0;
  const session = { renew: () => void ++renewals, isOutdated: new Cell(false) };
  keepForOffline(window, session);
  return { registered, listeners, session, updates: () => updates, renewals: () => renewals };
}

t.test('the worker lies beside the page, and is fetched after it', async (t) => {
  t.same(bench().registered, ['https://studio:8000/typhon/worker.js']);
  const { registered, listeners } = bench({ isLoaded: false });
  t.same(registered, []);
  listeners.get('load')?.();
  t.same(registered, ['https://studio:8000/typhon/worker.js']);
});

t.test('where scripts must be trusted, its address is the one that is', async (t) => {
  t.same(bench({ hasTrustedTypes: true }).registered, ['offline-worker: https://studio:8000/typhon/worker.js']);
});

t.test('over plain http from another machine there is none, and nothing fails', async (t) => {
  const { registered, listeners } = bench({ isSecure: false });
  t.same(registered, []);
  t.equal(listeners.size, 0);
});

t.test('a browser that refuses is no error', async (t) => {
  const { registered } = bench({ register: () => Promise.reject(new Error('SecurityError')) });
  await new Promise(setImmediate);
  t.equal(registered.length, 1);
});

t.test('a worker that takes over has what is on the page asked for again, to keep it', async (t) => {
  const { listeners, renewals } = bench();
  listeners.get('controllerchange')?.();
  t.equal(renewals(), 1);
});

t.test('a page older than its agent has the new worker fetched', async (t) => {
  const { session, updates } = bench();
  session.isOutdated.value = true;
  await new Promise(setImmediate);
  t.equal(updates(), 1);
});
