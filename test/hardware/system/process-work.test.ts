import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { processWork } from '../../../src/hardware/system/process-work.js';
import { loadingTypeScript, plainly } from '../../fixtures/plain-process.js';
import type { Tree } from '../../fixtures/sysfs/trees.js';

const link = (target: string) => t.fixture('symlink', target);

/** Fields 14 and 15 are the user's and the system's time, in hundredths of a second. */
function stat(pid: number, user: number, system: number): string {
  return `${pid} (odd) name) S 1 1 1 0 -1 4194560 100 0 0 0 ${user} ${system} 0 0 20 0 8 0 100 0 0\n`;
}

function drm(fields: Readonly<Record<string, string>>): string {
  return Object.entries({ pos: '0', 'drm-driver': 'amdgpu', 'drm-pdev': '0000:03:00.0', ...fields })
    .map(([key, value]) => `${key}:\t${value}\n`)
    .join('');
}

/** One second passes while `meanwhile` changes the machine. */
async function watched(t: Test, processes: Tree, pids: readonly number[], meanwhile: (proc: string) => void) {
  const root = t.testdir({ proc: processes });
  let nowMs = 5000;
  const after = (delayMs: number, run: () => void) => {
    t.equal(delayMs, 1000);
    nowMs += delayMs;
    meanwhile(join(root, 'proc'));
    queueMicrotask(run);
    return () => undefined;
  };
  return processWork(root, pids, { windowMs: 1000, clock: { nowMs: () => nowMs, after } });
}

t.test('adds up the processor time of all, and tells the hardest worker', async (t) => {
  const processes = {
    10: { stat: stat(10, 500, 100), fd: { 0: link('/dev/null') } },
    11: { stat: stat(11, 0, 0), fd: { 0: link('socket:[1]') } },
    12: { stat: stat(12, 7, 7), fd: {} },
  };
  const work = await watched(t, processes, [10, 11, 12, 99], (proc) => {
    writeFileSync(join(proc, '10/stat'), stat(10, 650, 150));
    writeFileSync(join(proc, '11/stat'), stat(11, 25, 0));
  });
  t.same(work, { cpuCores: 2.25, busiestCores: 2, hasGpu: false, gpuShare: undefined });
});

t.test('where others have the cores, what its threads wait for one counts as work', async (t) => {
  const waiting = (ns: number) => ({ schedstat: `123456789 ${ns} 42\n` });
  const processes = {
    10: { stat: stat(10, 500, 100), task: { 10: waiting(5e9), 21: waiting(1e9), 22: waiting(9e9) } },
    11: { stat: stat(11, 0, 0), task: { 11: waiting(7e9), 12: { schedstat: '' } } },
  };
  const work = await watched(t, processes, [10, 11], (proc) => {
    writeFileSync(join(proc, '10/stat'), stat(10, 510, 110));
    writeFileSync(join(proc, '10/task/10/schedstat'), waiting(5.3e9).schedstat);
    writeFileSync(join(proc, '10/task/21/schedstat'), waiting(1.4e9).schedstat);
    rmSync(join(proc, '11/task/11'), { recursive: true });
  });
  t.match(work, { cpuCores: 0.9, busiestCores: 0.9 }, 'a thread that ended waited for nothing');
});

t.test('one that ends meanwhile does not count; where all do it is unknown', async (t) => {
  const processes = { 10: { stat: stat(10, 5, 5) }, 11: { stat: stat(11, 9, 9) } };
  const end = (proc: string, pid: number) => rmSync(join(proc, String(pid)), { recursive: true });
  t.match(await watched(t, processes, [10, 11], (proc) => end(proc, 11)), { cpuCores: 0, hasGpu: undefined });
  t.equal(await watched(t, processes, [10], (proc) => end(proc, 10)), undefined);
  t.equal(await watched(t, { 10: { stat: 'torn' } }, [10], () => undefined), undefined);
  t.equal(await watched(t, {}, [10], () => undefined), undefined);
});

t.test('an engine that counts nanoseconds: each client once, all of a card together', async (t) => {
  const info = (compute: number, gfx: number, client = '7') =>
    drm({
      'drm-client-id': client,
      'drm-engine-compute': `${compute} ns`,
      'drm-engine-gfx': `${gfx} ns`,
      'drm-engine-capacity-gfx': '2',
    });
  const processes = {
    10: {
      stat: stat(10, 0, 0),
      fd: { 4: link('/dev/dri/renderD128'), 5: link('/dev/dri/renderD128'), 6: link('/dev/null') },
      fdinfo: { 4: info(1e9, 0), 5: info(1e9, 0), 6: 'pos: 0\n' },
    },
    11: { stat: stat(11, 0, 0), fd: { 4: link('/dev/dri/card0') }, fdinfo: { 4: info(0, 0, '8') } },
  };
  const work = await watched(t, processes, [10, 11], (proc) => {
    writeFileSync(join(proc, '10/fdinfo/4'), info(1.3e9, 1e7));
    writeFileSync(join(proc, '10/fdinfo/5'), info(1.3e9, 1e7));
    writeFileSync(join(proc, '11/fdinfo/4'), info(1e8, 0, '8'));
  });
  t.match(work, { cpuCores: 0, hasGpu: true, gpuShare: 0.4 });
});

t.test('an engine that counts cycles', async (t) => {
  const info = (cycles: number, total: number) =>
    drm({ 'drm-client-id': '3', 'drm-cycles-ccs': `${cycles}`, 'drm-total-cycles-ccs': `${total}` });
  const processes = {
    10: { stat: stat(10, 0, 0), fd: { 4: link('/dev/dri/renderD128') }, fdinfo: { 4: info(100, 1000) } },
  };
  const half = await watched(t, processes, [10], (proc) => writeFileSync(join(proc, '10/fdinfo/4'), info(300, 1400)));
  t.match(half, { gpuShare: 0.5 });
  t.match(await watched(t, processes, [10], () => undefined), { gpuShare: 0 }, 'the engine rests');
});

t.test('a GPU whose driver tells nothing of its clients', async (t) => {
  const nvidia = { 10: { stat: stat(10, 0, 0), fd: { 4: link('/dev/nvidia0'), 5: link('/dev/nvidiactl') } } };
  t.match(await watched(t, nvidia, [10], () => undefined), { hasGpu: true, gpuShare: undefined });
  const silent = {
    10: {
      stat: stat(10, 0, 0),
      fd: { 4: link('/dev/dri/renderD128') },
      fdinfo: { 4: drm({ 'drm-engine-gfx': '1 ns' }) },
    },
  };
  t.match(await watched(t, silent, [10], () => undefined), { hasGpu: true, gpuShare: undefined }, 'no client id');
});

t.test(
  'this very process at work, on Linux',
  { skip: process.platform === 'linux' ? false : 'no procfs' },
  async (t) => {
    const after = (_delayMs: number, run: () => void) => {
      const end = performance.now() + 200;
      while (performance.now() < end);
      queueMicrotask(run);
      return () => undefined;
    };
    const clock = { nowMs: () => performance.now(), after };
    const work = await processWork('/', [process.pid], { windowMs: 200, clock });
    t.ok((work?.cpuCores ?? 0) > 0, `${work?.cpuCores} cores`);
    t.equal(work?.cpuCores, work?.busiestCores);
  },
);

t.test('whoever has nothing else to wait for lives to hear it', async (t) => {
  const source = (path: string) => JSON.stringify(new URL(`../../../src/${path}`, import.meta.url).href);
  const program = `
    const { processWork } = await import(${source('hardware/system/process-work.js')});
    const { systemClock } = await import(${source('shared/clock.js')});
    const work = await processWork('/nowhere', [1], { windowMs: 300, clock: systemClock(() => performance.now()) });
    console.log(String(work));
  `;
  const [command, ...args] = plainly([process.execPath, ...loadingTypeScript, '--input-type=module', '-e', program]);
  const { stdout } = await promisify(execFile)(command, args);
  t.equal(stdout, 'undefined\n');
});
