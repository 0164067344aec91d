import t from 'tap';
import { targetProbe } from '../../src/agent/target-probe.js';
import { ServerError } from '../../src/servers/server-error.js';
import { type ConfiguredTarget, resolveTarget } from '../../src/servers/target.js';
import type { ServerFixture } from '../fixtures/servers/fixture-server.js';
import { patient, serveFixture } from '../fixtures/servers/fixture-server.js';
import { llamaCpp, sleepingLlamaCpp } from '../fixtures/servers/llama-cpp.js';

async function probing(t: Parameters<typeof serveFixture>[0], fixture: ServerFixture) {
  const { apiBase, requests } = await serveFixture(t, fixture);
  const configured: readonly ConfiguredTarget[] = [{ name: 'box', url: apiBase, models: 'auto', gpus: 'all' }];
  const reached: unknown[] = [];
  const glances: string[] = [];
  const probe = targetProbe({
    findTarget: (request, signal) => resolveTarget({ configured, ...request }, { signal }),
    gate: {
      glance: async ({ name }) => {
        glances.push(name);
        return 'busy';
      },
    },
    onReached: (name, server) => void reached.push([name, server.apiBase]),
  });
  return { probe, apiBase, requests, reached, glances };
}

t.test('a target tells what it is, and whether it is in use where somebody wants to know', async (t) => {
  const { probe, apiBase, reached, glances } = await probing(t, llamaCpp);
  const known = { kind: 'llama.cpp', version: 'b9310', contextLength: 32768 };
  t.match(await probe('box', { withUse: false, signal: patient }), { ...known, busy: undefined });
  t.same(glances, []);
  t.match(await probe('box', { withUse: true, signal: patient }), { ...known, busy: 'busy' });
  t.same(glances, ['box']);
  t.same(reached[0], ['box', apiBase]);
});

t.test('one that sleeps is up, asleep and used by nobody, and nothing wakes it', async (t) => {
  const { probe, apiBase, requests, reached, glances } = await probing(t, sleepingLlamaCpp);
  const asleep = await probe('box', { withUse: true, signal: patient });
  t.match(asleep, { kind: 'llama.cpp', version: 'b9310', asleep: true, busy: 'idle', contextLength: undefined });
  t.same(reached, [['box', apiBase]]);
  t.same(glances, []);
  t.ok(requests.length > 0);
  t.notOk(requests.some(({ line }) => /slots|metrics|tokenize|completion/.test(line)));
});

t.test('one that cannot be reached is an error', async (t) => {
  const probe = targetProbe({
    findTarget: () => Promise.reject(new Error('refused')),
    gate: { glance: async () => 'idle' },
    onReached: () => t.fail('nobody was reached'),
  });
  await t.rejects(probe('box', { withUse: true, signal: patient }), { message: 'refused' });
});

t.test('one that answers and has no model, or not the one asked for, is there all the same', async (t) => {
  for (const code of [
    'no_model_loaded',
    'model_ambiguous',
    'model_not_loaded',
    'model_not_found',
    'model_loading',
  ] as const) {
    const probe = targetProbe({
      findTarget: () => Promise.reject(new ServerError(code, 'no')),
      gate: { glance: async () => 'idle' },
      onReached: () => t.fail('no model was reached'),
    });
    t.same(await probe('box', { withUse: false, signal: patient }), { noModel: 'no' }, code);
  }
});
