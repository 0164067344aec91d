/** Which processes belong to the inference server behind a local port. */
import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { listPids, withDescendants } from './process-list.js';
import { listFolder, readSystemFile } from './system-file.js';

/**
 * The process that listens on the port and everything it started (engines run their models in children). `undefined`
 * where it cannot be told: another system than Linux, a listener of another user, or a container's port behind a
 * forwarder, whose process is not the server's.
 */
export async function serverProcesses(root: string, port: number): Promise<readonly number[] | undefined> {
  const sockets = await listeningSockets(root, port);
  if (sockets.size === 0) return undefined;
  const listeners: number[] = [];
  for (const pid of await listPids(root)) {
    if (await holdsSocket(root, pid, sockets)) listeners.push(pid);
  }
  for (const pid of listeners) {
    if (forwarders.has((await readSystemFile(join(root, 'proc', String(pid), 'comm'))) ?? '')) return undefined;
  }
  return listeners.length === 0 ? undefined : withDescendants(root, listeners);
}

const forwarders: ReadonlySet<string> = new Set(['docker-proxy', 'rootlessport', 'slirp4netns', 'pasta', 'ssh']);

// Column 4 of /proc/net/tcp in hexadecimal: TCP_LISTEN of the kernel's tcp_states.h.
const LISTEN = '0A';

/** Inodes of the sockets that listen on the port, on any address. */
async function listeningSockets(root: string, port: number): Promise<ReadonlySet<string>> {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  const inodes = new Set<string>();
  for (const file of ['tcp', 'tcp6']) {
    const table = (await readSystemFile(join(root, 'proc/net', file))) ?? '';
    for (const line of table.split('\n').slice(1)) {
      const columns = line.trim().split(/\s+/);
      const [, local = '', , state] = columns;
      const inode = columns[9];
      if (state === LISTEN && local.endsWith(`:${hexPort}`) && inode !== undefined) inodes.add(inode);
    }
  }
  return inodes;
}

async function holdsSocket(root: string, pid: number, inodes: ReadonlySet<string>): Promise<boolean> {
  const folder = join(root, 'proc', String(pid), 'fd');
  for (const descriptor of await listFolder(folder)) {
    const inode = /^socket:\[(\d+)\]$/.exec(await target(join(folder, descriptor)))?.[1];
    if (inode !== undefined && inodes.has(inode)) return true;
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
