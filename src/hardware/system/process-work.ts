/** How hard processes of a Linux machine work: processor time, and the time of the GPU engines that they keep busy. */
import { join } from 'node:path';
import type { Clock } from '../../shared/clock.js';
import { procLink, procNames, procText } from './procfs.js';

export interface ProcessWork {
  /**
   * Processor time over wall time, all of them together: 2 is two cores at full work. Where other programs leave too
   * few cores, the time in which their threads waited for one counts as well.
   */
  readonly cpuCores: number;
  /** The same of the hardest worker among them. */
  readonly busiestCores: number;
  /** Whether one of them has a GPU open; `undefined` for another user's, whose open files are out of sight. */
  readonly hasGpu: boolean | undefined;
  /** Share of the time, 0 to 1, in which they kept the busiest GPU engine at work; `undefined` where no driver tells. */
  readonly gpuShare: number | undefined;
}

interface Snapshot {
  readonly atMs: number;
  readonly cpu: ReadonlyMap<number, CpuTime>;
  readonly engines: ReadonlyMap<string, Engine>;
  readonly hasGpu: boolean | undefined;
}

/** Of one process since it started. */
interface CpuTime {
  readonly usedMs: number;
  readonly waitedMs: number;
}

/** Counters of one engine for one client: busy time, and the engine's whole time in the same unit, where it is counted. */
interface Engine {
  readonly busy: number;
  readonly total: number | undefined;
}

// USER_HZ of the kernel's interfaces: 100 on every architecture that Node runs on.
const MS_PER_TICK = 10;
const NS_PER_MS = 1e6;
const GPU_DEVICE = /^\/dev\/(?:nvidia\d|kfd$|dri\/)/;

/**
 * Watches the processes for `windowMs`. `undefined` where none of them can be read: they are gone, or this is another
 * system than Linux.
 *
 * Sources: proc(5) for `/proc/<pid>/stat`; the kernel's Documentation/scheduler/sched-stats.rst for `schedstat` and
 * Documentation/gpu/drm-usage-stats.rst for `fdinfo`.
 */
export async function processWork(
  root: string,
  pids: readonly number[],
  { windowMs, clock }: { readonly windowMs: number; readonly clock: Clock },
): Promise<ProcessWork | undefined> {
  const before = snapshotOf(root, pids, clock.nowMs());
  // The clock's timers keep no process alive, and whoever asks may have nothing else to wait for.
  const awake = setInterval(() => undefined, windowMs);
  await new Promise<void>((resolve) => {
    clock.after(windowMs, resolve);
  });
  clearInterval(awake);
  return workBetween(before, snapshotOf(root, pids, clock.nowMs()));
}

function workBetween(before: Snapshot, after: Snapshot): ProcessWork | undefined {
  const elapsedMs = after.atMs - before.atMs;
  const cores = [...after.cpu].flatMap(([pid, { usedMs, waitedMs }]) => {
    const earlier = before.cpu.get(pid);
    if (earlier === undefined) return [];
    // A thread that has ended took its waiting with it.
    return [(usedMs - earlier.usedMs + Math.max(0, waitedMs - earlier.waitedMs)) / elapsedMs];
  });
  if (cores.length === 0 || elapsedMs <= 0) return undefined;
  const byEngine = new Map<string, number>();
  for (const [key, engine] of after.engines) {
    const share = engineShare(before.engines.get(key), engine, elapsedMs);
    const name = key.slice(key.indexOf(' '));
    if (share !== undefined) byEngine.set(name, (byEngine.get(name) ?? 0) + share);
  }
  return {
    cpuCores: cores.reduce((sum, share) => sum + share, 0),
    busiestCores: Math.max(...cores),
    hasGpu: after.hasGpu,
    gpuShare: byEngine.size === 0 ? undefined : Math.min(1, Math.max(...byEngine.values())),
  };
}

function engineShare(before: Engine | undefined, after: Engine, elapsedMs: number): number | undefined {
  if (before === undefined) return undefined;
  const busy = after.busy - before.busy;
  if (after.total === undefined || before.total === undefined) return busy / NS_PER_MS / elapsedMs;
  const total = after.total - before.total;
  return total > 0 ? busy / total : 0;
}

function snapshotOf(root: string, pids: readonly number[], atMs: number): Snapshot {
  const cpu = new Map<number, CpuTime>();
  const engines = new Map<string, Engine>();
  let hasGpu: boolean | undefined;
  for (const pid of pids) {
    const folder = join(root, 'proc', String(pid));
    const ticks = cpuTicks(procText(join(folder, 'stat')));
    if (ticks === undefined) continue;
    cpu.set(pid, { usedMs: ticks * MS_PER_TICK, waitedMs: waitedMs(join(folder, 'task')) });
    for (const descriptor of procNames(join(folder, 'fd'))) {
      hasGpu ??= false;
      const target = procLink(join(folder, 'fd', descriptor));
      if (!GPU_DEVICE.test(target)) continue;
      hasGpu = true;
      if (target.startsWith('/dev/dri/')) addEngines(engines, procText(join(folder, 'fdinfo', descriptor)));
    }
  }
  return { atMs, cpu, engines, hasGpu };
}

/** User and system time, the 14th and 15th field; the second is a name in brackets that may hold blanks and brackets. */
function cpuTicks(stat: string): number | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return Number.isSafeInteger(ticks) ? ticks : undefined;
}

/** The second field of each thread's `schedstat`, in ns: ready to run, but another had the core. Some kernels do not count it. */
function waitedMs(tasks: string): number {
  const waits = procNames(tasks).map((thread) => Number(procText(join(tasks, thread, 'schedstat')).split(' ')[1]));
  return waits.filter(Number.isFinite).reduce((sum, waited) => sum + waited, 0) / NS_PER_MS;
}

/**
 * By card, client and engine: a descriptor that was duplicated shows the same client again. amdgpu and i915 count
 * nanoseconds (`drm-engine-…`), xe cycles of the client and of the engine as a whole (`drm-cycles-…`,
 * `drm-total-cycles-…`).
 */
function addEngines(engines: Map<string, Engine>, info: string): void {
  const fields = new Map<string, string>();
  for (const line of info.split('\n')) {
    const [key = '', value = ''] = line.split(/:\s*/, 2);
    fields.set(key, value);
  }
  const client = fields.get('drm-client-id');
  const card = fields.get('drm-pdev');
  if (client === undefined || card === undefined) return;
  for (const [key, value] of fields) {
    const [, unit, engine] = /^drm-(engine|cycles)-(?!capacity-)(.+)$/.exec(key) ?? [];
    const busy = Number(value.replace(/ ns$/, ''));
    if (engine === undefined || !Number.isFinite(busy)) continue;
    const total = unit === 'cycles' ? Number(fields.get(`drm-total-cycles-${engine}`)) : Number.NaN;
    if (unit === 'cycles' && !Number.isFinite(total)) continue;
    engines.set(`${client} ${card} ${engine}`, { busy, total: Number.isFinite(total) ? total : undefined });
  }
}
