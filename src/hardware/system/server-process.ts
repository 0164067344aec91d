/** Which processes belong to the inference server behind a local port. */
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { listPids, withDescendants } from './process-list.js';
import { procLink, procNames, procText } from './procfs.js';

/** Who listened at the last look. */
interface Listeners {
  /** Inodes of the sockets, and whose they are. */
  readonly sockets: ReadonlyMap<string, number>;
  readonly pids: readonly number[];
}

export interface ServerProcesses {
  readonly pids: readonly number[];
  /** `undefined` where the listener's open files are out of sight. */
  readonly listeners: Listeners | undefined;
}

/**
 * The process that listens on the port and everything it started (engines run their models in children). The open files
 * of another user's process are out of sight: there it is all that run as the socket's user, where that is a service's
 * own (`ollama`). `undefined` where it cannot be told: another system than Linux, a listener of another person or of root,
 * or a container's port behind a forwarder, whose process is not the server's.
 */
export async function serverProcesses(root: string, port: number): Promise<readonly number[] | undefined> {
  return (await findServer(root, port))?.pids;
}

/**
 * As {@link serverProcesses}. Whoever asks again about the same port passes on `last`, which spares the search through
 * the machine's connections and all processes: where the same process still holds the same socket it still listens.
 */
export async function findServer(root: string, port: number, last?: Listeners): Promise<ServerProcesses | undefined> {
  if (last !== undefined) {
    const pids = await holdersOf(root, last.pids, last.sockets);
    if (pids.length > 0) return familyOf(root, { ...last, pids });
  }
  const sockets = listeningSockets(root, port);
  if (sockets.size === 0) return undefined;
  const pids = await holdersOf(root, await listPids(root), sockets);
  if (pids.length > 0) return familyOf(root, { sockets, pids });
  const ofService = await processesOfService(root, new Set(sockets.values()));
  return ofService && { pids: ofService, listeners: undefined };
}

async function familyOf(root: string, listeners: Listeners): Promise<ServerProcesses | undefined> {
  for (const pid of listeners.pids) {
    if (forwarders.has(procText(join(root, 'proc', String(pid), 'comm')).trim())) return undefined;
  }
  return { pids: await withDescendants(root, listeners.pids), listeners };
}

async function holdersOf(
  root: string,
  pids: readonly number[],
  sockets: ReadonlyMap<string, number>,
): Promise<readonly number[]> {
  const holders: number[] = [];
  for (const pid of pids) {
    if (holdsSocket(root, pid, sockets)) holders.push(pid);
    // A process may have thousands of files open, and the agent's other work does not wait for all of them.
    await setImmediate();
  }
  return holders;
}

async function processesOfService(root: string, users: ReadonlySet<number>): Promise<readonly number[] | undefined> {
  const [user, ...others] = users;
  if (user === undefined || others.length > 0 || !isService(user)) return undefined;
  const pids: number[] = [];
  for (const pid of await listPids(root)) if (userOf(root, pid) === user) pids.push(pid);
  return pids.length === 0 ? undefined : pids;
}

/** By the usual ranges: system users below 1,000, and those that systemd makes up for a unit (`DynamicUser`). */
function isService(user: number): boolean {
  return (user > 0 && user < 1000) || (user >= 61_184 && user <= 65_519);
}

function userOf(root: string, pid: number): number | undefined {
  const real = /^Uid:\s+(\d+)/m.exec(procText(join(root, 'proc', String(pid), 'status')))?.[1];
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
function listeningSockets(root: string, port: number): ReadonlyMap<string, number> {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  // All other lines are passed over in one go: there is one for each connection of the machine.
  const lines = new RegExp(`^ *\\d+: [0-9A-F]+:${hexPort} \\S+ ${LISTEN} (.+)$`, 'gm');
  const sockets = new Map<string, number>();
  for (const file of ['tcp', 'tcp6']) {
    for (const [, columns = ''] of procText(join(root, 'proc/net', file)).matchAll(lines)) {
      const [user, , inode] = columns.trim().split(/\s+/).slice(3);
      if (inode !== undefined) sockets.set(inode, Number(user));
    }
  }
  return sockets;
}

function holdsSocket(root: string, pid: number, sockets: ReadonlyMap<string, number>): boolean {
  const folder = join(root, 'proc', String(pid), 'fd');
  return procNames(folder).some((descriptor) => {
    const inode = /^socket:\[(\d+)\]$/.exec(procLink(join(folder, descriptor)))?.[1];
    return inode !== undefined && sockets.has(inode);
  });
}
