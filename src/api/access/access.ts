/**
 * Who may ask. Two dangers: a stranger on the network, against whom a token helps, and a web page elsewhere that makes
 * its reader's browser talk to the reader's own loopback (cross-site POST, DNS rebinding), against whom the Host and
 * Origin headers help, which a page cannot choose.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import type { Login, PasswordCheck } from './password-check.js';

export interface AccessRules {
  /** `undefined`: nobody is asked for a token. */
  readonly token: string | undefined;
  readonly protect: 'changes' | 'all';
  /** Where it is given everything asks for a user's password; the token does as well. */
  readonly passwords?: Pick<PasswordCheck, 'check'> | undefined;
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
  readonly status: 401 | 403 | 429;
  readonly detail: string;
  /** A token or a password was given, and it was another one. */
  readonly isWrong?: true;
}

/** Why a request is refused; `undefined` where it may pass. A password is looked at only where nothing else decides. */
export async function refusalOf(request: AccessRequest, rules: AccessRules): Promise<Refusal | undefined> {
  const refusal = strangeOrigin(request, rules);
  if (refusal !== undefined) return refusal;
  const { passwords, ...open } = rules;
  if (passwords === undefined) return missingToken(request, open);
  // Whoever gives a token is judged by it, and by nothing else.
  if (rules.token !== undefined && bearerOf(request.headers) !== undefined)
    return missingToken(request, { ...open, protect: 'all' });
  return missingPassword(await passwords.check(request.headers.authorization));
}

function missingPassword(login: Login): Refusal | undefined {
  switch (login) {
    case 'right':
      return undefined;
    case 'wrong':
      return { status: 401, detail: 'The user or the password is not the right one.', isWrong: true };
    case 'none':
      return {
        status: 401,
        detail: 'This needs a user and a password: Authorization: Basic <user:password in base64>.',
      };
    case 'later':
      return { status: 429, detail: 'Too many passwords are being looked at: try again.' };
  }
}

/** How the client may say who it is, for the `WWW-Authenticate` header. */
export function challengeOf({ token, passwords }: Pick<AccessRules, 'token' | 'passwords'>): string {
  const schemes = [passwords === undefined ? [] : 'Basic realm="typhon", charset="UTF-8"'];
  return [...schemes, token === undefined ? [] : 'Bearer realm="typhon"'].flat().join(', ');
}

function missingToken(
  { headers, changes }: AccessRequest,
  { token, protect }: Pick<AccessRules, 'token' | 'protect'>,
): Refusal | undefined {
  if (token === undefined || (protect === 'changes' && !changes)) return undefined;
  const given = bearerOf(headers);
  if (given === undefined) return { status: 401, detail: 'This needs a token: Authorization: Bearer <token>.' };
  return isSame(given, token) ? undefined : { status: 401, detail: 'The token is not the right one.', isWrong: true };
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
