/** What the kernel tells of another process. Linux alone tells it without a tool: elsewhere all of it is unknown. */
import { readdir, readFile } from 'node:fs/promises';

/** Of all threads that live, to the nanosecond: `schedstat` of the kernel's scheduler documentation. In seconds. */
export async function cpuSecondsOf(pid: number | undefined): Promise<number | undefined> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => undefined);
  if (threads === undefined) return undefined;
  const spentNs = await Promise.all(threads.map((thread) => threadNs(`/proc/${pid}/task/${thread}/schedstat`)));
  return spentNs.reduce((sum, ns) => sum + ns, 0) / 1e9;
}

async function threadNs(file: string): Promise<number> {
  const [ns] = (await readFile(file, 'utf8').catch(() => '0')).split(' ');
  return Number(ns);
}

/** Resident memory in MB of 10⁶ bytes. */
export async function rssMbOf(pid: number | undefined): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kib = /^VmRSS:\s+(\d+)/m.exec(status)?.[1];
  return kib === undefined ? undefined : (Number(kib) * 1024) / 1e6;
}
