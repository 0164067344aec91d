/** The small questions asked of servers outside of measuring: one connection each, a size limit, no redirects. */
import type http from 'node:http';
import { type TlsTrust, tlsOptions } from '../benchmark/client/tls-trust.js';
import { ServerError } from './server-error.js';
import { tlsError } from './tls/tls-error.js';

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; repeated headers joined. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

export interface HttpQuestion {
  readonly headers: Readonly<Record<string, string>>;
  /** Posted as JSON; without it the question is a GET. */
  readonly json?: unknown;
  /** For an https URL. */
  readonly tls?: TlsTrust | undefined;
  /** Ends the exchange wherever it stands; its reason is what the promise rejects with. */
  readonly signal: AbortSignal;
  readonly maxBytes?: number | undefined;
}

/** No answer read here is near this size: more is a mistake or an attack. */
const MAX_ANSWER_BYTES = 8 * 2 ** 20;

/**
 * Asks one question. Any HTTP status is an answer. Rejects with the signal's reason, or with a `ServerError`:
 * `unreachable` where no connection or no complete answer came, `bad_response` where what came is not HTTP or too large.
 */
export async function askHttp(url: string, question: HttpQuestion): Promise<HttpAnswer> {
  const { signal } = question;
  const maxBytes = question.maxBytes ?? MAX_ANSWER_BYTES;
  // Most servers are asked in plain, and a runner asks nothing before its first request is on its way: it starts sooner.
  const client = await (url.startsWith('https:') ? import('node:https') : import('node:http'));
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const request = openRequest(client, url, question);
    const settle = (finish: () => void) => {
      signal.removeEventListener('abort', onAbort);
      finish();
    };
    const fail = (error: unknown) =>
      settle(() => {
        request.destroy();
        reject(error);
      });
    const onAbort = () => fail(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    request.on('error', (error) => fail(transportError(url, error, question.tls)));
    request.on('response', (response) => {
      const parts: Buffer[] = [];
      let received = 0;
      response.on('data', (part: Buffer) => {
        received += part.length;
        if (received > maxBytes) return fail(tooLarge(url, maxBytes));
        parts.push(part);
      });
      response.on('error', (error) => fail(transportError(url, error)));
      response.on('end', () =>
        settle(() =>
          resolve({
            status: response.statusCode ?? 0,
            headers: plainHeaders(response.headers),
            text: Buffer.concat(parts).toString('utf8'),
          }),
        ),
      );
    });
  });
}

function openRequest(client: Pick<typeof http, 'request'>, url: string, question: HttpQuestion): http.ClientRequest {
  const body = question.json === undefined ? undefined : Buffer.from(JSON.stringify(question.json));
  const headers: http.OutgoingHttpHeaders = {
    accept: 'application/json, text/plain;q=0.9, */*;q=0.1',
    'accept-encoding': 'identity',
    ...question.headers,
  };
  if (body !== undefined) {
    headers['content-type'] = 'application/json';
    headers['content-length'] = body.length;
  }
  // No pool: a server may close an idle connection at any moment, and a question is asked too seldom to gain from one.
  const request = client.request(url, {
    method: body === undefined ? 'GET' : 'POST',
    agent: false,
    headers,
    ...tlsOptions(question.tls),
  });
  request.end(body);
  return request;
}

function plainHeaders(headers: http.IncomingHttpHeaders): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return plain;
}

const transportWords: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was closed before an answer came',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'there is no route to the network',
  ETIMEDOUT: 'the connection timed out',
};

/** The error of a connection, in words. */
function transportError(url: string, error: NodeJS.ErrnoException, tls?: TlsTrust): ServerError {
  const ofTls = tlsError(url, error, tls);
  if (ofTls !== undefined) return ofTls;
  const { code = '' } = error;
  const { origin } = new URL(url);
  // Node's parser names its errors HPE_…: something answered, but not in HTTP.
  if (code.startsWith('HPE_')) {
    return new ServerError('bad_response', `${origin} answered something that is not HTTP. Check the port.`, {
      cause: error,
    });
  }
  const met = transportWords[code] ?? (error.message || code);
  return new ServerError(
    'unreachable',
    `Cannot reach ${origin}: ${met}. Check that the server runs and listens there.`,
    {
      cause: error,
    },
  );
}

function tooLarge(url: string, maxBytes: number): ServerError {
  return new ServerError('bad_response', `${url} answered more than ${maxBytes} bytes, which no API question needs.`);
}
