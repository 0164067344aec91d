import { pino } from 'pino';
import t from 'tap';
import { BusyGate } from '../../src/agent/busy-gate.js';
import type { BusyState } from '../../src/benchmark/inference-server.js';
import { configSchema } from '../../src/config/schema.js';
import { pendingJob, startedJob } from '../../src/jobs/job.js';
import { JobSkip } from '../../src/jobs/job-skip.js';
import { ServerError } from '../../src/servers/server-error.js';
import type { ResolvedTarget } from '../../src/servers/target.js';
import { plainInferenceServer } from '../fixtures/plain-inference-server.js';

const { signal } = new AbortController();
const busy: BusyState = { state: 'busy', detail: '1 of 4 slots in use' };

const config = configSchema.parse({
  schedules: [
    { name: 'polite', cron: '0 3 * * *' },
    { name: 'patient', cron: '0 3 * * *', when_busy: 'wait' },
    { name: 'regardless', cron: '0 3 * * *', when_busy: 'run' },
  ],
});

function targetThatIs(busyState: () => Promise<BusyState>, isLocal = false): ResolvedTarget {
  const apiBase = 'http://127.0.0.1:9';
  return {
    name: 'box',
    identity: { kind: 'openai', name: 'OpenAI-compatible server', apiBase },
    server: plainInferenceServer(apiBase, { busy: busyState }),
    model: 'm',
    contextLength: undefined,
    isLocal,
    gpus: 'all',
  };
}

function work(trigger: string) {
  const lines: string[] = [];
  const job = startedJob(pendingJob('a3f1c820', { mode: 'quick', trigger }, new Date()), new Date());
  return { job, log: { write: (line: string) => void lines.push(line) }, signal, lines };
}

function gate(nowMs = () => 0) {
  const looked: string[] = [];
  const sampler = { readNow: async () => ({ gpus: [], host: undefined }), processes: async () => undefined };
  const activity = {
    stateOf: async (apiBase: string): Promise<BusyState> => {
      looked.push(apiBase);
      return { state: 'unknown' };
    },
  };
  const logger = pino({ level: 'silent' });
  return {
    looked,
    gate: new BusyGate({ config: () => config, sight: { sampler, activity }, clock: { nowMs }, logger }),
  };
}

t.test(
  'a scheduled job on a busy target is skipped, unless its schedule runs regardless; asked by hand it runs',
  async (t) => {
    const target = targetThatIs(async () => busy);
    const { gate: open } = gate();
    // One whose schedule a reload took away meanwhile is as careful as the default.
    for (const name of ['polite', 'patient', 'gone']) {
      const skip = await open.pass(work(`schedule:${name}`), target).catch((error: unknown) => error);
      t.ok(skip instanceof JobSkip, name);
      t.match(skip, { code: 'server_busy', message: '1 of 4 slots in use' });
    }
    for (const trigger of ['schedule:regardless', 'api', 'cli'])
      await t.resolves(open.pass(work(trigger), target), trigger);
  },
);

t.test('a free target passes without a word; one of which nobody can tell says so in the log', async (t) => {
  const free = work('schedule:polite');
  const { gate: open, looked } = gate();
  await open.pass(
    free,
    targetThatIs(async () => ({ state: 'idle' })),
  );
  t.same(free.lines, []);
  const elsewhere = work('schedule:polite');
  await open.pass(
    elsewhere,
    targetThatIs(async () => ({ state: 'unknown' })),
  );
  t.same(elsewhere.lines, [
    'Whether somebody uses box cannot be told: the server has no signal for it and runs on another machine.',
  ]);
  t.same(looked, []);
  const here = work('schedule:polite');
  await open.pass(
    here,
    targetThatIs(async () => ({ state: 'unknown' }), true),
  );
  t.match(here.lines, [/has no signal for it, and its process cannot be seen\.$/]);
  t.same(looked, ['http://127.0.0.1:9']);
});

t.test('a target that cannot be asked is left to the benchmark, which meets the same', async (t) => {
  const failing = targetThatIs(() => Promise.reject(new ServerError('timeout', 'no answer within 5000 ms')));
  const { gate: open } = gate();
  const job = work('schedule:polite');
  await open.pass(job, failing);
  t.same(job.lines, ['Whether somebody uses box cannot be told: no answer within 5000 ms.']);
  const over = AbortSignal.abort(new Error('cancelled'));
  await t.rejects(open.look(failing, over), { message: 'cancelled' });
});

t.test("what a benchmark of ours has just left behind is not taken for somebody else's work", async (t) => {
  let nowMs = 60_000;
  let looks = 0;
  const { gate: open } = gate(() => nowMs);
  const target = targetThatIs(async () => {
    looks += 1;
    return { state: 'idle' };
  });
  open.benchmarkEnded();
  const stop = new AbortController();
  const waiting = open.pass({ ...work('schedule:polite'), signal: stop.signal }, target);
  stop.abort(new Error('cancelled while it waits'));
  await t.rejects(waiting, { name: 'AbortError' });
  t.equal(looks, 0, 'it waits before it looks');
  nowMs += 2000;
  await open.pass(work('schedule:polite'), target);
  t.equal(looks, 1);
});

t.test('a server that sleeps: a scheduled job is skipped, one by hand fails and says why', async (t) => {
  const asleep = () => Promise.reject(new ServerError('server_asleep', 'S is asleep'));
  const { gate: open } = gate();
  for (const name of ['polite', 'patient', 'regardless']) {
    await t.rejects(open.targetOf(work(`schedule:${name}`), asleep), { name: 'JobSkip', code: 'server_asleep' }, name);
  }
  await t.rejects(open.targetOf(work('api'), asleep), { name: 'ServerError', code: 'server_asleep' });
  const gone = () => Promise.reject(new ServerError('unreachable', 'S is gone'));
  await t.rejects(open.targetOf(work('schedule:polite'), gone), { name: 'ServerError', code: 'unreachable' });
  const target = targetThatIs(async () => busy);
  t.equal(await open.targetOf(work('api'), async () => target), target);
});
