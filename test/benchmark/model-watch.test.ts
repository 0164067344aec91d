import t from 'tap';
import type { BenchmarkEvent } from '../../src/benchmark/benchmark-event.js';
import type { ModelReload, ModelSession } from '../../src/benchmark/inference-server.js';
import { ModelWatch } from '../../src/benchmark/model-watch.js';
import { plainInferenceServer } from '../fixtures/plain-inference-server.js';
import { shortTest } from '../fixtures/running-test.js';

const signal = new AbortController().signal;

/** A session that tells these reloads, one a look. */
function watching(contextLength: number | undefined, ...reloads: readonly (ModelReload | undefined)[]) {
  const events: BenchmarkEvent[] = [];
  const left = [...reloads];
  const session: ModelSession = {
    server: plainInferenceServer('http://127.0.0.1:9'),
    contextLength,
    check: async () => left.shift(),
    leave: async () => undefined,
  };
  const emit = (event: BenchmarkEvent) => events.push(event);
  return { watch: new ModelWatch(session, { model: 'qwen3:8b', signal, emit }), events };
}

const filling = shortTest({ ctxSize: 8192, prompt: { kind: 'fill', tokens: 8000 } });

t.test('a reload by the first request is logged, found once, and told with the new context', async (t) => {
  const { watch, events } = watching(4096, { contextBefore: 10_240, contextAfter: 4096 });
  await watch.check();
  const message = /reloaded the model for the first request, with a context of 4,096 tokens in place of 10,240/;
  t.match(events, [
    { type: 'log', line: message },
    { type: 'context_changed', contextLength: 4096 },
  ]);
  t.match(watch.newFindings(), [{ code: 'model_reloaded', message }]);
  t.same(watch.newFindings(), []);
  t.same(watch.fitted(filling), { reason: "exceeds the server's context length (4096)" });
});

t.test('a later one is logged alone: the requests that met it are flagged', async (t) => {
  const { watch, events } = watching(8192, undefined, { contextBefore: 8192, contextAfter: 8192 });
  await watch.check();
  await watch.check();
  t.match(events, [{ type: 'log', line: 'The server loaded qwen3:8b anew during the last test.' }]);
  t.same(watch.newFindings(), []);
});

t.test('without a session, or a context, every test fits as it is', async (t) => {
  const emit = () => t.fail('nothing happened');
  const none = new ModelWatch(undefined, { model: 'm', signal, emit });
  await none.check();
  t.equal(none.fitted(filling), filling);
  t.equal(watching(undefined).watch.fitted(filling), filling);
});
