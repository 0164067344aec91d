/** Upgrades that are no WebSocket's: RFC 9110 lets a server ignore them and answer as if nothing had been offered. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ListeningServer } from './encryption.js';

/** Java's HttpClient and `curl --http2` offer `h2c` with every request. */
export function isWebSocketUpgrade({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

// Of the connection, not of the request.
const offering = new Set(['upgrade', 'connection', 'http2-settings']);

/**
 * Gives the request back to `server` as one without an offer. Node takes every offered upgrade off its parser as soon
 * as one kind is wanted, so the head is written out again before what has been read after it, and parsed anew.
 */
export function serveWithoutUpgrade(
  { server, connectionEvent }: ListeningServer,
  request: IncomingMessage,
  socket: Duplex,
  rest: Buffer,
): void {
  const { method, url, httpVersion, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = [rawHeaders[index], rawHeaders[index + 1]];
    if (!offering.has(name.toLowerCase())) lines.push(`${name}: ${value}`);
  }
  if (/\bclose\b/i.test(request.headers.connection ?? '')) lines.push('Connection: close');
  // Headers are Latin-1 on the wire and in what Node makes of them.
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), rest]));
  server.emit(connectionEvent, socket);
}
