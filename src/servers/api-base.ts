import { ServerError } from './server-error.js';

// What people paste beside the bare base: the OpenAI root and its best-known routes.
const OPENAI_ROUTE = /\/v1(?:\/(?:models|chat\/completions|completions))?$/;

function badUrl(input: string, met: string, cause?: unknown): ServerError {
  return new ServerError(
    'bad_url',
    `'${input}' is not a server's URL: ${met}. Expected for example http://localhost:8080.`,
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

/** True for what can only be meant as an address: it has a scheme, a port, or is a loopback name. */
export function looksLikeUrl(text: string): boolean {
  return text.includes('://') || /^(?:\[[0-9a-f:.]+\]|[^\s/:]+):\d+(?:\/|$)/i.test(text) || text === 'localhost';
}

/** The port that a base means, its scheme's own where it names none. */
export function portOf(apiBase: string): number {
  const { port, protocol } = new URL(apiBase);
  return Number(port) || (protocol === 'https:' ? 443 : 80);
}
