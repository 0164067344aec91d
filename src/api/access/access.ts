/**
 * Who may ask. Two dangers: a stranger on the network, against whom a token helps, and a web page elsewhere that makes
 * its reader's browser talk to the reader's own loopback (cross-site POST, DNS rebinding), against whom the Host and
 * Origin headers help, which a page cannot choose.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

export interface AccessRules {
  /** `undefined`: nobody is asked for a token. */
  readonly token: string | undefined;
  readonly protect: 'changes' | 'all';
  /** Whether the agent listens on the loopback interface alone. */
  readonly loopbackOnly: boolean;
  /** Names under which browsers reach the agent, beside addresses and `localhost`. */
  readonly hostNames: readonly string[];
}

export interface AccessRequest {
  readonly headers: IncomingHttpHeaders;
  readonly changes: boolean;
}

export interface Refusal {
  readonly status: 401 | 403;
  readonly detail: string;
  /** A token was given, and it was another one. */
  readonly isWrongToken?: true;
}

/** Why a request is refused; `undefined` where it may pass. */
export function refusalOf(request: AccessRequest, rules: AccessRules): Refusal | undefined {
  return strangeOrigin(request, rules) ?? missingToken(request, rules);
}

function missingToken({ headers, changes }: AccessRequest, { token, protect }: AccessRules): Refusal | undefined {
  if (token === undefined || (protect === 'changes' && !changes)) return undefined;
  const given = bearerOf(headers);
  if (given === undefined) return { status: 401, detail: 'This needs a token: Authorization: Bearer <token>.' };
  return isSame(given, token)
    ? undefined
    : { status: 401, detail: 'The token is not the right one.', isWrongToken: true };
}

const SOCKET_PROTOCOL = /^typhon\.bearer\.(.+)$/;

/** From the Authorization header; for a WebSocket, where a browser cannot set it, from the offered subprotocols. */
function bearerOf(headers: IncomingHttpHeaders): string | undefined {
  const fromHeader = /^Bearer +(.+)$/i.exec(headers.authorization ?? '')?.[1];
  if (fromHeader !== undefined) return fromHeader;
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim());
  const encoded = offered.map((protocol) => SOCKET_PROTOCOL.exec(protocol)?.[1]).find((found) => found !== undefined);
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64url').toString('utf8');
}

// Digests have one length, so neither the length nor the first wrong character of a guess shows in the time.
function isSame(given: string, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}

function strangeOrigin({ headers, changes }: AccessRequest, rules: AccessRules): Refusal | undefined {
  const host = headers.host ?? '';
  const { origin } = headers;
  // Only browsers send these; curl, Prometheus and scripts are no other page's tool.
  const fromBrowser = origin !== undefined || headers['sec-fetch-site'] !== undefined;
  const mustBeOurs = rules.loopbackOnly || fromBrowser;
  if (mustBeOurs && !isOurs(hostNameOf(host), rules)) {
    return { status: 403, detail: `Host '${host}' is not a name of this agent: add it to web.allowed_hosts.` };
  }
  if (origin !== undefined && originHost(origin) !== host) {
    return { status: 403, detail: `A page of ${origin} may not talk to this agent.` };
  }
  if (changes && headers['sec-fetch-site'] === 'cross-site') {
    return { status: 403, detail: 'Another site may not change anything here.' };
  }
  return undefined;
}

function hostNameOf(host: string): string {
  return (URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : host).replace(/^\[|\]$/g, '');
}

function originHost(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

// Names that the public DNS does not have, so that no stranger can point one here: RFC 6762, RFC 8375, and by ICANN's
// word `internal`. `lan` and `localdomain` are what home routers use; nobody can register below them.
const privateName = /^[^.]+$|\.(?:local|lan|localdomain|internal|home\.arpa)$/;

/** An address cannot be rebound: only a name can point elsewhere. */
function isOurs(name: string, { loopbackOnly, hostNames }: AccessRules): boolean {
  if (name === 'localhost' || name.endsWith('.localhost') || hostNames.includes(name)) return true;
  if (!loopbackOnly && privateName.test(name)) return true;
  if (isIP(name) === 0) return false;
  return !loopbackOnly || name === '::1' || name.startsWith('127.');
}
