import { ServerError } from './server-error.js';

// What people paste beside the bare base: the OpenAI root and its best-known routes.
const OPENAI_ROUTE = /\/v1(?:\/(?:models|chat\/completions|completions))?$/;

function badUrl(input: string, met: string, cause?: unknown): ServerError {
  // What may be a password or a key is not repeated, however the URL is broken.
  const shown = input.replace(/[?#].*$/s, '').replace(/^.*@/s, '');
  return new ServerError(
    'bad_url',
    `'${shown}' is not a server's URL: ${met}. Expected for example http://localhost:8080.`,
    { cause },
  );
}

/**
 * The base that API paths are appended to: scheme, host, port and a path prefix where there is one, without a trailing
 * slash or `/v1`. `localhost:8080` is taken as HTTP. Throws a `ServerError` `bad_url`.
 */
export function parseApiBase(input: string): string {
  const written = input.trim();
  let url: URL;
  try {
    url = new URL(written.includes('://') ? written : `http://${written}`);
  } catch (error) {
    throw badUrl(input, 'it cannot be read', error);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw badUrl(input, `it has the scheme ${url.protocol}//`);
  if (url.username !== '' || url.password !== '') {
    throw badUrl(url.host, 'it holds a user name or password, which belong into api_key');
  }
  if (url.search !== '' || url.hash !== '') throw badUrl(input, 'it has a query or a fragment');
  const prefix = url.pathname.replace(/\/+$/, '').replace(OPENAI_ROUTE, '').replace(/\/+$/, '');
  return `${url.origin}${prefix}`;
}

/**
 * Whether a target as somebody named it may hold a password or a key: of a user, or in a query. No name of a target and no
 * base of a server has such a character; a URL that is broken cannot be trusted to show where its password ends.
 */
export function mayHoldSecret(target: string): boolean {
  return /[@?#]/.test(target);
}

/** What to say of such a target, which must not be repeated. Completes "expected …". */
export const SECRET_FREE_TARGET =
  'a name, or a URL without user, password, query and fragment: a key belongs into targets[].api_key of the configuration';

/** Throws a `ServerError` `bad_url` for a target that {@link mayHoldSecret}. */
export function refuseSecretIn(target: string | undefined): void {
  if (target === undefined || !mayHoldSecret(target)) return;
  throw new ServerError('bad_url', `The target is not repeated here: expected ${SECRET_FREE_TARGET}.`);
}

/** True for what can only be meant as an address: it has a scheme, a port, or is a loopback name. */
export function looksLikeUrl(text: string): boolean {
  return text.includes('://') || /^(?:\[[0-9a-f:.]+\]|[^\s/:]+):\d+(?:\/|$)/i.test(text) || text === 'localhost';
}

/** The port that a base means, its scheme's own where it names none. */
export function portOf(apiBase: string): number {
  const { port, protocol } = new URL(apiBase);
  return Number(port) || (protocol === 'https:' ? 443 : 80);
}
