/** Finds the inference servers of this machine: on the ports where their kinds listen by default, and where they are set to. */
import { setMaxListeners } from 'node:events';
import { portOf } from './api-base.js';
import { isLocal, type LocalMachine, thisMachine } from './local-address.js';
import { type IdentifyOptions, identifyServer } from './recognition/identify.js';
import { basesIn, defaultPorts } from './registry.js';
import type { ServerIdentity } from './server-family.js';
import { acceptsConnections } from './tcp-check.js';

export interface DiscoveredServer {
  readonly identity: ServerIdentity;
  readonly host: string;
  readonly port: number;
}

export interface Discovery {
  /** By host in the order asked, then by port; typhon's own reference server after all others. */
  readonly servers: readonly DiscoveredServer[];
  /** The URLs that were looked at, in the same order. */
  readonly tried: readonly string[];
}

export interface DiscoveryOptions {
  /** Names or addresses without brackets; the loopback interface over IPv4 and IPv6 by default. */
  readonly hosts?: readonly string[] | undefined;
  readonly ports?: readonly number[] | undefined;
  /** Servers' own variables in it name further places on this machine (`OLLAMA_HOST`); none by default. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  readonly machine?: LocalMachine | undefined;
  /** For everything together, in milliseconds; `DISCOVERY_TIMEOUT_MS` by default. */
  readonly timeoutMs?: number | undefined;
  readonly signal: AbortSignal;
  readonly familiar?: IdentifyOptions['familiar'];
}

/** Together with the work around it, this stays under the 2 s that a scan may take when nothing answers. */
export const DISCOVERY_TIMEOUT_MS = 1500;

// Servers bound to one of the two only are not rare: "localhost" is ::1 to some, 127.0.0.1 to others.
const LOOPBACK_HOSTS = ['127.0.0.1', '::1'];

// Less than the whole, so that a server which leaves one question open is still recognised by its other answers.
const PROBE_SHARE = 0.8;

interface Place {
  readonly host: string;
  readonly port: number;
  readonly apiBase: string;
}

type Sighting = DiscoveredServer & { readonly instance: string | undefined };

/**
 * Looks at all places at once. A closed port costs one connection attempt; one that accepts and never answers costs
 * the time limit, which all share. Rejects only with the signal's reason.
 */
export async function discoverServers(options: DiscoveryOptions): Promise<Discovery> {
  const { signal, timeoutMs = DISCOVERY_TIMEOUT_MS, familiar } = options;
  const places = placesToLook(options);
  const deadline = AbortSignal.timeout(timeoutMs);
  const stop = AbortSignal.any([signal, deadline]);
  // One listener a place: more than Node's default of 10 is no leak here.
  setMaxListeners(0, stop);
  const sightings = await Promise.all(
    places.map(async (place): Promise<Sighting | undefined> => {
      if (!(await acceptsConnections(place.host, place.port, stop))) return undefined;
      return recognise(place, { timeoutMs: Math.round(timeoutMs * PROBE_SHARE), signal: stop, familiar });
    }),
  );
  signal.throwIfAborted();
  const { machine = thisMachine() } = options;
  const servers = withoutRepeats(
    sightings.filter((sighting) => sighting !== undefined),
    machine,
  );
  return { servers: servers.toSorted(referenceLast), tried: places.map((place) => place.apiBase) };
}

async function recognise(place: Place, options: IdentifyOptions): Promise<Sighting | undefined> {
  try {
    const { apiBase, host, port } = place;
    const recognition = await identifyServer({ apiBase }, options);
    if (!recognition.recognised) return undefined;
    return { identity: recognition.identity, host, port, instance: recognition.instance };
  } catch (error) {
    // The time limit ends one look, not the discovery: what others found in time counts.
    if (options.signal.aborted) return undefined;
    throw error;
  }
}

function placesToLook(options: DiscoveryOptions): Place[] {
  const { hosts = LOOPBACK_HOSTS, ports = defaultPorts, environment = {}, machine = thisMachine() } = options;
  const places = new Map<string, Place>();
  for (const host of hosts) {
    for (const port of ports) {
      const apiBase = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
      places.set(apiBase, { host, port, apiBase });
    }
  }
  // The same variables name a server elsewhere to a client: that one is no server of this machine.
  for (const apiBase of basesIn(environment).filter((base) => isLocal(base, machine))) {
    const host = new URL(apiBase).hostname.replace(/^\[|\]$/g, '');
    places.set(apiBase, { host, port: portOf(apiBase), apiBase });
  }
  return [...places.values()];
}

/** The same server by another address: it says so itself, or is the same by kind and version on the same port. */
function sameServer(one: Sighting, other: Sighting, machine: LocalMachine): boolean {
  if (one.identity.kind !== other.identity.kind) return false;
  if (one.instance !== undefined && one.instance === other.instance) return true;
  const bothHere = [one, other].every(({ identity }) => isLocal(identity.apiBase, machine));
  return bothHere && one.port === other.port && one.identity.version === other.identity.version;
}

function withoutRepeats(sightings: readonly Sighting[], machine: LocalMachine): DiscoveredServer[] {
  const kept: Sighting[] = [];
  for (const sighting of sightings) {
    if (!kept.some((known) => sameServer(known, sighting, machine))) kept.push(sighting);
  }
  return kept.map(({ identity, host, port }) => ({ identity, host, port }));
}

function referenceLast(one: DiscoveredServer, other: DiscoveredServer): number {
  return Number(one.identity.kind === 'reference') - Number(other.identity.kind === 'reference');
}
