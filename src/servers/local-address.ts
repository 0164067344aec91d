import net from 'node:net';
import os from 'node:os';

/** What makes an address this machine's own. */
export interface LocalMachine {
  readonly hostname: string;
  /** IPv4 and IPv6 addresses of its interfaces. */
  readonly addresses: readonly string[];
  /** The command line of the process that listens on a port, program first; `undefined` where it cannot be told. */
  readonly commandOf?: ((port: number) => Promise<readonly string[] | undefined>) | undefined;
}

/** This machine's names and addresses as they are now. */
export function thisMachine(): LocalMachine {
  const interfaces = Object.values(os.networkInterfaces()).flatMap((known) => known ?? []);
  return { hostname: os.hostname(), addresses: interfaces.map((known) => known.address) };
}

function hostOf(apiBase: string): string {
  return new URL(apiBase).hostname.replace(/^\[|\]$/g, '').toLowerCase();
}

function shortName(host: string): string {
  return host.toLowerCase().replace(/\.(?:local|localdomain|lan|home)$/, '');
}

/** Whether a host is the machine's loopback interface, by name or address. */
function isLoopbackHost(host: string): boolean {
  const loopback = new net.BlockList();
  loopback.addSubnet('127.0.0.0', 8);
  loopback.addAddress('::1', 'ipv6');
  return host === 'localhost' || host.endsWith('.localhost') || holds(loopback, host);
}

/** Whether the server behind a base runs on this machine, so that this machine's GPUs are the ones at work. */
export function isLocal(apiBase: string, machine: LocalMachine = thisMachine()): boolean {
  const host = hostOf(apiBase);
  if (isLoopbackHost(host) || shortName(host) === shortName(machine.hostname)) return true;
  const own = new net.BlockList();
  own.addAddress('0.0.0.0');
  own.addAddress('::', 'ipv6');
  for (const address of machine.addresses) {
    const version = net.isIP(address);
    if (version !== 0) own.addAddress(address, version === 4 ? 'ipv4' : 'ipv6');
  }
  return holds(own, host);
}

// A BlockList also matches IPv4 addresses written as IPv6 (::ffff:127.0.0.1).
function holds(list: net.BlockList, host: string): boolean {
  const version = net.isIP(host);
  return version !== 0 && list.check(host, version === 4 ? 'ipv4' : 'ipv6');
}
