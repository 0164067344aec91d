import t from 'tap';
import type { BusyState } from '../../src/benchmark/inference-server.js';
import { blankSample } from '../../src/hardware/gpu-sample.js';
import type { GpuProcess } from '../../src/hardware/gpu-source.js';
import type { LiveReadings } from '../../src/hardware/sampler.js';
import { checkBusy } from '../../src/runner/busy-check.js';
import { startFakeLlmServer } from '../fixtures/fake-llm-server.js';
import { plainInferenceServer } from '../fixtures/plain-inference-server.js';

const { signal } = new AbortController();
const GIB = 2 ** 30;

interface Machine {
  /** Share of time in which each GPU is at work. */
  readonly utilRatios?: readonly (number | undefined)[];
  readonly processes?: readonly GpuProcess[] | undefined;
}

function samplerOf({ utilRatios = [], processes }: Machine) {
  const asked: string[] = [];
  return {
    asked,
    sampler: {
      readNow: async (): Promise<LiveReadings> => {
        asked.push('readNow');
        const gpus = utilRatios.map((utilRatio, index) => ({ ...blankSample('nvidia', index, 1), utilRatio }));
        return { gpus, host: undefined };
      },
      processes: async () => {
        asked.push('processes');
        return processes;
      },
    },
  };
}

function serverThatIs(state: BusyState, apiBase = 'http://127.0.0.1:9') {
  return plainInferenceServer(apiBase, { busy: async () => state });
}

const idle: BusyState = { state: 'idle' };
const unknown: BusyState = { state: 'unknown' };

/** What its processes do; by default nobody may look at them. */
function activity(state?: BusyState) {
  return {
    stateOf: async () => {
      if (state === undefined) throw new Error('nobody looks at the processes of a server that tells');
      return state;
    },
  };
}

t.test('a server that is working for somebody is busy, and no GPU is asked', async (t) => {
  const { asked, sampler } = samplerOf({ utilRatios: [0] });
  const server = serverThatIs({ state: 'busy', detail: '2 requests in progress' });
  t.same(await checkBusy({ server, local: { sampler, activity: activity() }, signal }), {
    busy: true,
    reason: 'server_busy',
    detail: '2 requests in progress',
  });
  t.same(asked, []);
});

t.test('one elsewhere: its own word, else nothing is known', async (t) => {
  t.same(await checkBusy({ server: serverThatIs(idle), local: undefined, signal }), { busy: false });
  t.same(await checkBusy({ server: serverThatIs(unknown), local: undefined, signal }), {
    busy: false,
    unknown: 'the server has no signal for it and runs on another machine',
  });
});

t.test('one here that does not tell is judged by its processes', async (t) => {
  const verdict = (state: BusyState) => {
    const { sampler } = samplerOf({ utilRatios: [0.1] });
    return checkBusy({ server: serverThatIs(unknown), local: { sampler, activity: activity(state) }, signal });
  };
  t.same(await verdict(idle), { busy: false });
  t.same(await verdict({ state: 'busy', detail: 'its processes use 2.0 processor cores' }), {
    busy: true,
    reason: 'server_busy',
    detail: 'its processes use 2.0 processor cores',
  });
  t.same(await verdict(unknown), {
    busy: false,
    unknown: 'the server has no signal for it, and its process cannot be seen',
  });
});

t.test('its processes are judged with what the GPUs do, and who is on them', async (t) => {
  const seen: unknown[] = [];
  const looking = {
    stateOf: async (apiBase: string, gpu: unknown) => {
      seen.push(apiBase, await gpu);
      return idle;
    },
  };
  const processes = [{ pid: 7, name: 'ollama', memoryBytes: 1 }];
  const { sampler } = samplerOf({ utilRatios: [undefined, 0.2], processes });
  await checkBusy({ server: serverThatIs(unknown), local: { sampler, activity: looking }, signal });
  const none = samplerOf({}).sampler;
  await checkBusy({ server: serverThatIs(unknown), local: { sampler: none, activity: looking }, signal });
  const base = 'http://127.0.0.1:9';
  t.same(seen, [base, { utilRatio: 0.2, pids: [7] }, base, { utilRatio: undefined, pids: [] }]);
});

t.test('a GPU that others use is busy where nobody can tell of the server itself', async (t) => {
  const { sampler } = samplerOf({ utilRatios: [0.9] });
  const local = { sampler, activity: activity(unknown) };
  t.match(await checkBusy({ server: serverThatIs(unknown), local, signal }), { busy: true, reason: 'gpu_busy' });
});

t.test('any GPU at work for somebody else is busy; what cannot be told counts as free', async (t) => {
  const verdict = (utilRatios: readonly (number | undefined)[]) => {
    const local = { sampler: samplerOf({ utilRatios }).sampler, activity: activity() };
    return checkBusy({ server: serverThatIs(idle), local, signal });
  };
  t.same(await verdict([0.04, 0.9]), { busy: true, reason: 'gpu_busy', detail: 'a GPU is 90 % in use' });
  t.same(await verdict([0.25]), { busy: false }, 'as much as a desktop draws');
  t.same(await verdict([undefined]), { busy: false });
  t.same(await verdict([]), { busy: false });
});

t.test("memory held by others is busy, the server's own is not", async (t) => {
  const fake = await startFakeLlmServer();
  t.teardown(() => fake.close());
  const server = serverThatIs(idle, fake.url);
  const verdict = (...processes: GpuProcess[]) =>
    checkBusy({
      server,
      local: { sampler: samplerOf({ utilRatios: [0], processes }).sampler, activity: activity() },
      signal,
    });
  // The fake server listens in this process.
  const own: GpuProcess = { pid: process.pid, name: 'llama-server', memoryBytes: 20 * GIB };
  const game: GpuProcess = { pid: 1, name: 'game', memoryBytes: 5.5 * GIB };
  const browser: GpuProcess = { pid: 1, name: 'browser', memoryBytes: 0.5 * GIB };
  t.same(await verdict(), { busy: false });
  if (process.platform !== 'linux') return t.comment('who listens on a port can be told on Linux alone');
  t.same(await verdict(own), { busy: false });
  t.same(await verdict(own, browser), { busy: false });
  t.same(await verdict(own, game), {
    busy: true,
    reason: 'gpu_busy',
    detail: 'other programs hold 5.5 GiB of GPU memory: game',
  });
  t.same(await verdict(own, { ...game, memoryBytes: undefined }), { busy: false }, 'how much it holds is unknown');
});

t.test('a server that cannot be asked rejects: that is not for this check to judge', async (t) => {
  const server = plainInferenceServer('http://127.0.0.1:9', { busy: () => Promise.reject(new Error('refused')) });
  await t.rejects(checkBusy({ server, local: undefined, signal }), { message: 'refused' });
});
