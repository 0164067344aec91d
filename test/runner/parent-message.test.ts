import t from 'tap';
import { benchmarkModes, planBenchmark } from '../../src/benchmark/plan.js';
import { builtInPrompts } from '../../src/benchmark/prompts.js';
import { type Assignment, type ParentMessage, parentMessageSchema } from '../../src/runner/parent-message.js';
import { shortTest } from '../fixtures/running-test.js';

/** As the channel between the processes carries it. */
function carried(message: unknown): unknown {
  return JSON.parse(JSON.stringify(message));
}

const assignment: Assignment = {
  server: { kind: 'llama.cpp', name: 'llama.cpp (llama-server)', version: 'b9310', apiBase: 'http://127.0.0.1:8080' },
  model: 'hermes',
  plan: { mode: 'quick', tests: [shortTest()], skipped: [] },
  prompts: builtInPrompts,
};

t.test('an assignment of any plan reaches the runner whole', async (t) => {
  for (const mode of benchmarkModes) {
    for (const contextLength of [undefined, 2048, 40_000]) {
      const plan = planBenchmark({ mode, vramBytes: 80 * 2 ** 30, contextLength, timeoutMs: 120_001 });
      const message: ParentMessage = {
        type: 'start',
        assignment: { ...assignment, plan: { ...plan, tests: [...plan.tests], skipped: [...plan.skipped] } },
      };
      t.same(parentMessageSchema.parse(carried(message)), carried(message), `${mode}, ${contextLength}`);
    }
  }
  const bare = { ...assignment.server, version: undefined, apiKey: 'secret' };
  const message: ParentMessage = { type: 'start', assignment: { ...assignment, server: bare } };
  t.same(parentMessageSchema.parse(carried(message)), carried(message));
  for (const tls of [{ check: 'none' }, { check: 'authority', pem: '-----BEGIN' }] as const) {
    const secure = { ...assignment.server, apiBase: 'https://127.0.0.1:8443', tls };
    const start: ParentMessage = { type: 'start', assignment: { ...assignment, server: secure } };
    t.same(parentMessageSchema.parse(carried(start)), carried(start), tls.check);
  }
  const named: ParentMessage = {
    type: 'start',
    assignment: { ...assignment, server: { ...assignment.server, kind: 'mlx-lm', startedModel: 'Qwen3-8B' } },
  };
  t.same(parentMessageSchema.parse(carried(named)), carried(named));
  t.same(parentMessageSchema.parse({ type: 'cancel' }), { type: 'cancel' });
});

t.test('what the runner could not work by is refused', async (t) => {
  const start = (fields: object) => ({ type: 'start', assignment: { ...assignment, ...fields } });
  const plan = (fields: object) => start({ plan: { ...assignment.plan, tests: [{ ...shortTest(), ...fields }] } });
  const bad: Record<string, unknown> = {
    'an unknown type': { type: 'stop' },
    'no assignment': { type: 'start' },
    'no model': start({ model: undefined }),
    'an unknown kind': start({ server: { ...assignment.server, kind: 'gpt' } }),
    'no runs': plan({ nRuns: 0 }),
    'an unknown prompt': plan({ prompt: { kind: 'fixed', prompt: 'middle' } }),
    'a prompt of no tokens': plan({ prompt: { kind: 'fill', tokens: 0 } }),
    'no time': plan({ timeoutMs: 0 }),
  };
  for (const [name, message] of Object.entries(bad)) {
    t.notOk(parentMessageSchema.safeParse(message).success, name);
  }
});
