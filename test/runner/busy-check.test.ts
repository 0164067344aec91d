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

t.test('a server that is working for somebody is busy, and no GPU is asked', async (t) => {
  const { asked, sampler } = samplerOf({ utilRatios: [0] });
  const server = serverThatIs({ state: 'busy', detail: '2 requests in progress' });
  t.same(await checkBusy({ server, sampler, signal }), {
    busy: true,
    reason: 'server_busy',
    detail: '2 requests in progress',
  });
  t.same(asked, []);
});

t.test('without a GPU to look at the word of the server is enough', async (t) => {
  for (const state of [idle, { state: 'unknown' } as const]) {
    t.same(await checkBusy({ server: serverThatIs(state), sampler: undefined, signal }), { busy: false });
    const { sampler } = samplerOf({ utilRatios: [] });
    t.same(await checkBusy({ server: serverThatIs(state), sampler, signal }), { busy: false });
  }
});

t.test('any GPU at work for somebody else is busy; what cannot be told counts as free', async (t) => {
  const verdict = (utilRatios: readonly (number | undefined)[]) =>
    checkBusy({ server: serverThatIs(idle), sampler: samplerOf({ utilRatios }).sampler, signal });
  t.same(await verdict([0.04, 0.9]), { busy: true, reason: 'gpu_busy', detail: 'a GPU is 90 % in use' });
  t.same(await verdict([0.25]), { busy: false }, 'as much as a desktop draws');
  t.same(await verdict([undefined]), { busy: false });
});

t.test("memory held by others is busy, the server's own is not", async (t) => {
  const fake = await startFakeLlmServer();
  t.teardown(() => fake.close());
  const server = serverThatIs(idle, fake.url);
  const verdict = (...processes: GpuProcess[]) =>
    checkBusy({ server, sampler: samplerOf({ utilRatios: [0], processes }).sampler, signal });
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

t.test('a server that cannot be asked rejects: that is not for the guard to judge', async (t) => {
  const server = plainInferenceServer('http://127.0.0.1:9', { busy: () => Promise.reject(new Error('refused')) });
  await t.rejects(checkBusy({ server, sampler: undefined, signal }), { message: 'refused' });
});
