import { pino } from 'pino';
import t from 'tap';
import { BusyGate } from '../../src/agent/busy-gate.js';
import type { BusyState, InferenceServer } from '../../src/benchmark/inference-server.js';
import { configSchema } from '../../src/config/schema.js';
import { blankSample } from '../../src/hardware/gpu-sample.js';
import { pendingJob, startedJob } from '../../src/jobs/job.js';
import { JobSkip } from '../../src/jobs/job-skip.js';
import type { GpuActivity } from '../../src/runner/server-activity.js';
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

function targetThatIs(
  busyState: () => Promise<BusyState>,
  isLocal = false,
  server: Partial<InferenceServer> = {},
): ResolvedTarget {
  const apiBase = 'http://127.0.0.1:9';
  return {
    name: 'box',
    identity: { kind: 'openai', name: 'OpenAI-compatible server', apiBase },
    server: plainInferenceServer(apiBase, { busy: busyState, ...server }),
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

function gate(nowMs = () => 0, seen: BusyState = { state: 'unknown' }) {
  const looked: string[] = [];
  const gpuUse: unknown[] = [];
  const readings = { gpus: [{ ...blankSample('nvidia', 0, 1), utilRatio: 0.4 }], host: undefined };
  const sampler = {
    readNow: async () => ({ gpus: [], host: undefined }),
    latest: () => readings,
    processes: async () => undefined,
  };
  const activity = {
    stateOf: async (apiBase: string, gpu?: Promise<GpuActivity>): Promise<BusyState> => {
      looked.push(apiBase);
      gpuUse.push((await gpu)?.utilRatio);
      return seen;
    },
  };
  const logger = pino({ level: 'silent' });
  return {
    looked,
    gpuUse,
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
    'Cannot tell whether somebody uses box: the server has no signal for it and runs on another machine.',
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
  t.same(job.lines, ['Cannot tell whether somebody uses box: no answer within 5000 ms.']);
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
  open.loadEnded();
  const stop = new AbortController();
  const waiting = open.pass({ ...work('schedule:polite'), signal: stop.signal }, target);
  stop.abort(new Error('cancelled while it waits'));
  await t.rejects(waiting, { name: 'AbortError' });
  t.equal(looks, 0, 'it waits before it looks');
  nowMs += 2000;
  await open.pass(work('schedule:polite'), target);
  t.equal(looks, 1);
});

t.test(
  "a glance: the server's own word, else its processes, with readings of the GPUs that are there anyway",
  async (t) => {
    const { gate: open, looked, gpuUse } = gate(() => 0, busy);
    const unknown = async (): Promise<BusyState> => ({ state: 'unknown' });
    for (const own of ['idle', 'busy'] as const) {
      t.equal(
        await open.glance(
          targetThatIs(async () => ({ state: own, detail: 'x' }), true),
          signal,
        ),
        own,
      );
    }
    t.same(looked, []);
    t.equal(await open.glance(targetThatIs(unknown), signal), 'unknown', 'elsewhere');
    t.same(looked, []);
    t.equal(await open.glance(targetThatIs(unknown, true), signal), 'busy');
    t.same(gpuUse, [0.4]);
  },
);

t.test('a glance never asks a server that the question would keep awake', async (t) => {
  const { gate: open, looked } = gate(() => 0, { state: 'idle' });
  const asked = (): Promise<BusyState> => Promise.reject(new Error('it was asked'));
  const keepsAwake = { busyKeepsAwake: true } as const;
  t.equal(await open.glance(targetThatIs(asked, true, keepsAwake), signal), 'idle');
  t.equal(looked.length, 1, 'its processes tell here');
  t.equal(await open.glance(targetThatIs(asked, false, keepsAwake), signal), undefined, 'and nothing does elsewhere');
});

t.test('a glance at a server that cannot be asked is unknown, and ends with the signal', async (t) => {
  const { gate: open } = gate();
  const failing = targetThatIs(() => Promise.reject(new ServerError('timeout', 'no answer')), true);
  t.equal(await open.glance(failing, signal), 'unknown');
  await t.rejects(open.glance(failing, AbortSignal.abort(new Error('closed'))), { message: 'closed' });
});
