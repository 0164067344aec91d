/** The processes of a Linux machine, from procfs. */
import { join } from 'node:path';
import { procText } from './procfs.js';
import { listFolder, readSystemFile } from './system-file.js';

/** The process ids below `root`/proc, none where there is no such folder. */
export async function listPids(root: string): Promise<readonly number[]> {
  return (await listFolder(join(root, 'proc'))).filter((name) => /^\d+$/.test(name)).map(Number);
}

/**
 * Whether `/proc` shows the whole machine and not a container alone: the kernel's own thread with number 2 is visible
 * in the host's process namespace and in no other.
 */
export async function seesHostProcesses(root: string): Promise<boolean> {
  return (await readSystemFile(join(root, 'proc/2/comm'))) === 'kthreadd';
}

/** `pid` and all that it started, directly or not. */
export async function withDescendants(root: string, pids: readonly number[]): Promise<readonly number[]> {
  const parents = new Map<number, number>();
  for (const pid of await listPids(root)) {
    const parent = parentOf(root, pid);
    if (parent !== undefined) parents.set(pid, parent);
  }
  const family = new Set(pids);
  for (let size = -1; size !== family.size; ) {
    size = family.size;
    for (const [pid, parent] of parents) if (family.has(parent)) family.add(pid);
  }
  return [...family];
}

/** The fourth field of `/proc/<pid>/stat`; the second is a name in brackets that may hold blanks and brackets. */
function parentOf(root: string, pid: number): number | undefined {
  const stat = procText(join(root, 'proc', String(pid), 'stat'));
  const match = /^\) \S (\d+) /.exec(stat.slice(stat.lastIndexOf(')')));
  return match?.[1] === undefined ? undefined : Number(match[1]);
}
