/** What the kernel tells of another process. Linux alone tells it without a tool: elsewhere all of it is unknown. */
import { readFile } from 'node:fs/promises';

// USER_HZ, which Linux has fixed for its interfaces on every processor that Node.js runs on.
const CLOCK_TICKS_PER_SECOND = 100;

/** utime and stime of proc(5), in seconds to the hundredth. */
export async function cpuSecondsOf(pid: number | undefined): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields === undefined ? undefined : (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
}

/** Resident memory in MB of 10⁶ bytes. */
export async function rssMbOf(pid: number | undefined): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kib = /^VmRSS:\s+(\d+)/m.exec(status)?.[1];
  return kib === undefined ? undefined : (Number(kib) * 1024) / 1e6;
}
