import t from 'tap';
import { type LoadingWait, onceLoaded } from '../../src/servers/loading-wait.js';
import { ServerError } from '../../src/servers/server-error.js';

const loading = new ServerError('model_loading', 'http://127.0.0.1:8080/props answered 503: Loading model.');

function waiting(changed: Partial<LoadingWait> = {}) {
  const told: string[] = [];
  const signal = new AbortController().signal;
  return { told, wait: { forMs: 60_000, everyMs: 1, signal, onWait: (words: string) => told.push(words), ...changed } };
}

/** Fails with each of these in turn, then succeeds. */
function attempts(...errors: readonly Error[]) {
  const left = [...errors];
  return async () => {
    const error = left.shift();
    if (error !== undefined) throw error;
    return 'target';
  };
}

t.test('a server that loads its model is asked again until it has, and the wait is told once', async (t) => {
  const { told, wait } = waiting();
  t.equal(await onceLoaded(attempts(loading, loading, loading), wait), 'target');
  t.same(told, ['The server is loading its model. Waiting up to 60 s for it.']);
});

t.test('nobody waits for any other error, nor for longer than was said', async (t) => {
  const { told, wait } = waiting();
  const other = new ServerError('unreachable', 'nobody there');
  await t.rejects(onceLoaded(attempts(other), wait), other);
  t.same(told, []);
  await t.rejects(onceLoaded(attempts(loading, other), wait), other);
  await t.rejects(onceLoaded(attempts(loading), { ...wait, forMs: 0 }), loading);
});

t.test('a cancel ends the wait with its reason', async (t) => {
  const cancel = new AbortController();
  const reason = new Error('enough');
  const { wait } = waiting({
    everyMs: 600_000,
    signal: cancel.signal,
    onWait: () => setImmediate(() => cancel.abort(reason)),
  });
  await t.rejects(onceLoaded(attempts(loading), wait), reason);
});
