import { writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import type { ProcessWork } from '../../src/hardware/system/process-work.js';
import { activityOf, ServerActivity } from '../../src/runner/server-activity.js';
import type { Clock } from '../../src/shared/clock.js';
import { listening } from '../fixtures/servers/fixture-server.js';

const rest: ProcessWork = { cpuCores: 0, busiestCores: 0, hasGpu: false, gpuShare: undefined };

function state(work: Partial<ProcessWork>, gpuUtilRatio?: number): string {
  const cores = work.cpuCores ?? 0;
  return activityOf({ ...rest, busiestCores: cores, ...work }, gpuUtilRatio).state;
}

t.test('on the processor: half a core is work', async (t) => {
  t.equal(state({ cpuCores: 0.49 }), 'idle');
  t.same(activityOf({ ...rest, cpuCores: 3.94, busiestCores: 3.9 }, undefined), {
    state: 'busy',
    detail: 'its processes need 3.9 processor cores',
  });
  t.equal(state({ cpuCores: 0.5 }, 0), 'busy', 'whatever a GPU does that it does not use');
});

t.test('a GPU engine kept at work is work, whatever the processor does', async (t) => {
  t.same(activityOf({ ...rest, hasGpu: true, gpuShare: 0.42 }, undefined), {
    state: 'busy',
    detail: 'its processes keep a GPU 42 % busy',
  });
  t.equal(state({ hasGpu: true, gpuShare: 0.049 }), 'idle');
});

t.test('beside a GPU one core at work is told from polling by what the GPU does', async (t) => {
  const polling = { cpuCores: 1, hasGpu: true };
  t.equal(state(polling, 0.01), 'idle', 'SGLang polls while it waits');
  t.equal(state(polling, 0.9), 'busy');
  t.equal(state(polling, 0.1), 'busy');
  t.equal(state({ cpuCores: 0.2, hasGpu: true }, 0.9), 'busy', 'one that waits for the GPU without a loop');
  t.equal(state({ cpuCores: 0.05, hasGpu: true }, 0.9), 'idle', 'somebody else uses the GPU');
  t.equal(state({ cpuCores: 0.2, hasGpu: true }, 0.1), 'idle', 'a desktop is drawn');
});

t.test('beside a GPU that cannot be read only rest is certain', async (t) => {
  for (const hasGpu of [true, undefined]) {
    t.equal(state({ cpuCores: 1, hasGpu }), 'unknown');
    t.equal(state({ cpuCores: 0.3, hasGpu }), 'unknown');
    t.equal(state({ cpuCores: 0.05, hasGpu }), 'idle');
    t.equal(state({ cpuCores: 4, busiestCores: 4, hasGpu }), 'busy', 'nobody polls on four cores');
  }
  t.equal(state({ cpuCores: 1, hasGpu: true, gpuShare: 0 }), 'unknown', "ROCm's work is not among the engines'");
});

/** Time passes while this process works, or waits for a core, for the whole of it, or not at all. */
function clockThat(works: boolean): Clock {
  let nowMs = 0;
  const after = (delayMs: number, run: () => void) => {
    const began = performance.now();
    while (works && performance.now() - began < delayMs);
    nowMs += works ? performance.now() - began : delayMs;
    setImmediate(run);
    return () => undefined;
  };
  return { nowMs: () => nowMs, after };
}

t.test('the processes behind a port', { skip: process.platform === 'linux' ? false : 'no procfs' }, async (t) => {
  const { port } = await listening(t, net.createServer());
  const url = `http://127.0.0.1:${port}`;
  const at = async (works: boolean) => new ServerActivity({ root: '/', clock: clockThat(works) }).stateOf(url);
  t.equal((await at(false)).state, 'idle');
  t.match(await at(true), { state: 'busy', detail: /^its processes need \d+\.\d processor cores$/ });
});

const LISTENING_ROW = `0: 0100007F:${(8080).toString(16).toUpperCase()} 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 70 1 0 100\n`;

t.test('one core at work is polling where the driver says that the process is on a GPU that rests', async (t) => {
  // Fields 14 and 15: what it has used of the processor, in hundredths of a second.
  const stat = (ticks: number) => `100 (server) S 1 1 1 0 -1 4194560 100 0 0 0 ${ticks} 0 0 0 20 0 8 0 100 0 0\n`;
  const root = t.testdir({
    proc: {
      net: { tcp: `head\n${LISTENING_ROW}` },
      100: { comm: 'server\n', stat: stat(0), fd: { 3: t.fixture('symlink', 'socket:[70]') } },
    },
  });
  let [nowMs, ticks] = [0, 0];
  const after = (delayMs: number, run: () => void) => {
    [nowMs, ticks] = [nowMs + delayMs, ticks + delayMs / 10];
    writeFileSync(join(root, 'proc/100/stat'), stat(ticks));
    setImmediate(run);
    return () => undefined;
  };
  const activity = new ServerActivity({ root, clock: { nowMs: () => nowMs, after } });
  const at = async (pids: readonly number[]) =>
    (await activity.stateOf('http://127.0.0.1:8080', Promise.resolve({ utilRatio: 0, pids }))).state;
  t.equal(await at([]), 'busy');
  t.equal(await at([100]), 'idle');
});

t.test('nobody to be seen is unknown', async (t) => {
  const activity = new ServerActivity({ root: t.testdir({}), clock: clockThat(false) });
  t.same(await activity.stateOf('http://127.0.0.1:8080'), { state: 'unknown' });
  const gone = t.testdir({
    proc: { net: { tcp: `head\n${LISTENING_ROW}` }, 100: { fd: { 3: t.fixture('symlink', 'socket:[70]') } } },
  });
  const dying = new ServerActivity({ root: gone, clock: clockThat(false) });
  t.same(await dying.stateOf('http://127.0.0.1:8080'), { state: 'unknown' }, 'it ends while it is looked at');
});
