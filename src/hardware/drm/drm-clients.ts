/** Who holds memory on a graphics card, from the kernel's usage statistics in `/proc/<pid>/fdinfo`. */
import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { GpuProcess } from '../gpu-source.js';
import { listPids, seesHostProcesses } from '../system/process-list.js';
import { listFolder, readSystemFile } from '../system/system-file.js';

/**
 * Processes with an open client on one of the cards, as far as this user may look into them: without privileges those
 * of other users are missing. `undefined` inside a container, whose own processes are all that can be seen.
 *
 * Source of the keys: the kernel's Documentation/gpu/drm-usage-stats.rst; amdgpu's older name is `drm-memory-vram`.
 */
export async function drmProcesses(
  root: string,
  pciAddresses: readonly string[],
): Promise<readonly GpuProcess[] | undefined> {
  if (!(await seesHostProcesses(root))) return undefined;
  const pids = await listPids(root);
  const processes: GpuProcess[] = [];
  for (const pid of pids) {
    const memoryBytes = await clientMemory(join(root, 'proc', String(pid)), pciAddresses);
    if (memoryBytes === undefined) continue;
    processes.push({ pid, name: await readSystemFile(join(root, 'proc', String(pid), 'comm')), memoryBytes });
  }
  return processes;
}

/** Memory of all the process's clients on these cards; `undefined` where it has none. */
async function clientMemory(processPath: string, pciAddresses: readonly string[]): Promise<number | undefined> {
  // A descriptor that was duplicated shows the same client again.
  const byClient = new Map<string, number>();
  for (const descriptor of await listFolder(join(processPath, 'fd'))) {
    const target = await linkTarget(join(processPath, 'fd', descriptor));
    if (target === undefined || !target.startsWith('/dev/dri/')) continue;
    const info = parseInfo(await readSystemFile(join(processPath, 'fdinfo', descriptor)));
    const address = info.get('drm-pdev');
    const client = info.get('drm-client-id');
    if (address === undefined || client === undefined || !pciAddresses.includes(address)) continue;
    byClient.set(`${address} ${client}`, residentBytes(info));
  }
  if (byClient.size === 0) return undefined;
  return [...byClient.values()].reduce((sum, bytes) => sum + bytes, 0);
}

async function linkTarget(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch {
    return undefined;
  }
}

function parseInfo(text: string | undefined): ReadonlyMap<string, string> {
  const pairs = (text ?? '').split('\n').flatMap((line) => {
    const match = /^([\w-]+):\s*(.*)$/.exec(line);
    return match?.[1] === undefined || match[2] === undefined ? [] : [[match[1], match[2]] as const];
  });
  return new Map(pairs);
}

const MEMORY_KEYS = /^drm-(?:resident|memory)-(?:vram|local)\d*$/;
const units: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['KiB', 2 ** 10],
  ['MiB', 2 ** 20],
]);

/** The card's own memory that the client occupies. amdgpu tells it under the new and the old key: the larger counts. */
function residentBytes(info: ReadonlyMap<string, string>): number {
  const sums = { resident: 0, memory: 0 };
  for (const [key, value] of info) {
    if (!MEMORY_KEYS.test(key)) continue;
    const match = /^(\d+)(?: (KiB|MiB))?$/.exec(value);
    const bytes = Number(match?.[1] ?? 0) * (units.get(match?.[2] ?? '') ?? 1);
    if (key.startsWith('drm-resident')) sums.resident += bytes;
    else sums.memory += bytes;
  }
  return Math.max(sums.resident, sums.memory);
}
