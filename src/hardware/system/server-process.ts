/** Which processes belong to the inference server behind a local port. */
import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { listPids, withDescendants } from './process-list.js';
import { listFolder, readSystemFile } from './system-file.js';

/**
 * The process that listens on the port and everything it started (engines run their models in children). The open files
 * of another user's process are out of sight: there it is all that run as the socket's user, where that is a service's
 * own (`ollama`). `undefined` where it cannot be told: another system than Linux, a listener of another person or of root,
 * or a container's port behind a forwarder, whose process is not the server's.
 *
 * `likely` are looked at first: who asks again about the same port spares the search through all processes.
 */
export async function serverProcesses(
  root: string,
  port: number,
  likely: readonly number[] = [],
): Promise<readonly number[] | undefined> {
  const sockets = await listeningSockets(root, port);
  if (sockets.size === 0) return undefined;
  let listeners = await holdersOf(root, likely, sockets);
  if (listeners.length === 0) listeners = await holdersOf(root, await listPids(root), sockets);
  if (listeners.length === 0) return processesOfService(root, new Set(sockets.values()));
  for (const pid of listeners) {
    if (forwarders.has((await readSystemFile(join(root, 'proc', String(pid), 'comm'))) ?? '')) return undefined;
  }
  return withDescendants(root, listeners);
}

async function holdersOf(
  root: string,
  pids: readonly number[],
  sockets: ReadonlyMap<string, number>,
): Promise<readonly number[]> {
  const holders: number[] = [];
  for (const pid of pids) if (await holdsSocket(root, pid, sockets)) holders.push(pid);
  return holders;
}

async function processesOfService(root: string, users: ReadonlySet<number>): Promise<readonly number[] | undefined> {
  const [user, ...others] = users;
  if (user === undefined || others.length > 0 || !isService(user)) return undefined;
  const pids: number[] = [];
  for (const pid of await listPids(root)) if ((await userOf(root, pid)) === user) pids.push(pid);
  return pids.length === 0 ? undefined : pids;
}

/** By the usual ranges: system users below 1,000, and those that systemd makes up for a unit (`DynamicUser`). */
function isService(user: number): boolean {
  return (user > 0 && user < 1000) || (user >= 61_184 && user <= 65_519);
}

async function userOf(root: string, pid: number): Promise<number | undefined> {
  const status = await readSystemFile(join(root, 'proc', String(pid), 'status'));
  const real = /^Uid:\s+(\d+)/m.exec(status ?? '')?.[1];
  return real === undefined ? undefined : Number(real);
}

const forwarders: ReadonlySet<string> = new Set([
  // Into a container, or to another machine.
  ...['docker-proxy', 'rootlessport', 'slirp4netns', 'pasta', 'ssh', 'socat', 'kubectl'],
  // Whatever stands behind them.
  ...['nginx', 'caddy', 'haproxy', 'traefik', 'envoy'],
]);

// Column 4 of /proc/net/tcp in hexadecimal: TCP_LISTEN of the kernel's tcp_states.h.
const LISTEN = '0A';

/** The sockets that listen on the port, on any address: their inodes, and whose they are. */
async function listeningSockets(root: string, port: number): Promise<ReadonlyMap<string, number>> {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  const sockets = new Map<string, number>();
  for (const file of ['tcp', 'tcp6']) {
    const table = (await readSystemFile(join(root, 'proc/net', file))) ?? '';
    for (const line of table.split('\n').slice(1)) {
      const columns = line.trim().split(/\s+/);
      const [, local = '', , state] = columns;
      const [user, , inode] = columns.slice(7);
      if (state === LISTEN && local.endsWith(`:${hexPort}`) && inode !== undefined) sockets.set(inode, Number(user));
    }
  }
  return sockets;
}

async function holdsSocket(root: string, pid: number, sockets: ReadonlyMap<string, number>): Promise<boolean> {
  const folder = join(root, 'proc', String(pid), 'fd');
  for (const descriptor of await listFolder(folder)) {
    const inode = /^socket:\[(\d+)\]$/.exec(await target(join(folder, descriptor)))?.[1];
    if (inode !== undefined && sockets.has(inode)) return true;
  }
  return false;
}

async function target(path: string): Promise<string> {
  try {
    return await readlink(path);
  } catch {
    return '';
  }
}
