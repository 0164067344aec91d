/** What the system tells of a process, read without starting another. */
import { join } from 'node:path';
import { readSystemFile } from '../hardware/system/system-file.js';
import { isRunning } from '../shared/running-process.js';

/** A figure is `undefined` where the system does not tell it: everywhere but on Linux. */
export interface ProcessFacts {
  readonly alive: boolean;
  /** As the kernel words it: `S (sleeping)`. */
  readonly state: string | undefined;
  readonly parentPid: number | undefined;
  readonly threads: number | undefined;
  readonly rssBytes: number | undefined;
  /** User and system time since its start. */
  readonly cpuSeconds: number | undefined;
}

// USER_HZ, in which the kernel tells times to programs: 100 on every architecture that Node runs on. proc(5), times(2).
const TICKS_PER_SECOND = 100;

/** `root` is the folder that holds `proc`. */
export async function readProcessFacts(pid: number, root: string): Promise<ProcessFacts> {
  const folder = join(root, 'proc', String(pid));
  const [status, stat] = await Promise.all([
    readSystemFile(join(folder, 'status')),
    readSystemFile(join(folder, 'stat')),
  ]);
  const state = fieldOf(status, 'State');
  const rssKibibytes = numberOf(fieldOf(status, 'VmRSS'));
  return {
    // A zombie takes signals, yet it has ended and only waits to be read.
    alive: status === undefined ? isRunning(pid) : !/^[ZX]/.test(state ?? ''),
    state,
    parentPid: numberOf(fieldOf(status, 'PPid')),
    threads: numberOf(fieldOf(status, 'Threads')),
    rssBytes: rssKibibytes === undefined ? undefined : rssKibibytes * 1024,
    cpuSeconds: cpuSecondsOf(stat),
  };
}

function fieldOf(status: string | undefined, name: string): string | undefined {
  return new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status ?? '')?.[1];
}

function numberOf(text: string | undefined): number | undefined {
  const digits = /^\d+/.exec(text ?? '')?.[0];
  return digits === undefined ? undefined : Number(digits);
}

/** Fields 14 and 15; the second is a name in brackets that may hold blanks and brackets. */
function cpuSecondsOf(stat: string | undefined): number | undefined {
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const user = numberOf(fields?.[11]);
  const system = numberOf(fields?.[12]);
  return user === undefined || system === undefined ? undefined : (user + system) / TICKS_PER_SECOND;
}
