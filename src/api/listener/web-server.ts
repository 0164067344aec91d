/** Listens, within limits, and closes in good time. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { monotonicMs } from '../../benchmark/clock.js';
import type { Config } from '../../config/schema.js';
import { PLAIN_WEB, type WebConfig } from '../../config/web-config.js';
import type { AccessRules } from '../access/access.js';
import { FailedLogins } from '../access/failed-logins.js';
import type { ApiServices } from '../api-services.js';
import { createApp } from '../app.js';
import { routes } from '../registry.js';
import { ConnectionPlaces, type PlaceLimits } from './connection-places.js';
import { openServer } from './encryption.js';
import { serveLogSockets } from './log-socket.js';
import { answerUnreadable } from './unreadable-request.js';

export interface WebServer {
  readonly url: string;
  readonly port: number;
  /** Takes no new requests and ends those under way. */
  close(): Promise<void>;
}

export interface WebServerOptions {
  readonly services: ApiServices;
  readonly rules: () => AccessRules;
  readonly address: Config['web']['listenAddress'];
  /** Of TLS and headers; asked anew, since a reload may change it. Whether TLS is spoken is decided at the start. */
  readonly web?: (() => Pick<WebConfig, 'tls' | 'headers'>) | undefined;
  /** As the application's. */
  readonly writeTimeoutMs?: number | undefined;
  /** How many connections at once. Default 256 and 16. */
  readonly places?: PlaceLimits | undefined;
}

const PLACES = { forEverybody: 256, reserved: 16 } as const;
const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 10_000;
/** How often Node looks for requests and headers that take too long. */
const TIMEOUT_CHECK_MS = 5000;
const LAST_WORDS_MS = 500;

/** Rejects with the system's error (`EADDRINUSE`, `EACCES`, …) where it cannot listen. */
export async function startWebServer(options: WebServerOptions): Promise<WebServer> {
  const { services, rules, address, web = () => PLAIN_WEB, writeTimeoutMs } = options;
  const { tls } = web();
  const { server, connectionEvent } = openServer({
    tls,
    current: () => web().tls,
    server: {
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    },
    logger: services.logger,
  });
  const failedLogins = new FailedLogins({ nowMs: monotonicMs, logger: services.logger, wait: (ms) => delay(ms) });
  const places = new ConnectionPlaces(server, options.places ?? PLACES);
  const isReserved = (connection: Duplex) => places.isReserved(connection);
  const headers = () => web().headers;
  const app = createApp({ services, routes, rules, failedLogins, headers, writeTimeoutMs, isReserved });
  server.on('request', app.callback());
  answerUnreadable(server);
  const closeSockets = serveLogSockets({ server, connectionEvent, services, rules, failedLogins, headers });
  await listening(server, address);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `${tls === undefined ? 'http' : 'https'}://${formatHost(address.host)}:${port}`,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      // Whoever follows a log that has ended is being sent its last lines.
      const lastWords = new AbortController();
      await Promise.race([closed, delay(LAST_WORDS_MS, undefined, { signal: lastWords.signal })]);
      lastWords.abort();
      closeSockets();
      places.endAll();
      server.closeAllConnections();
      await closed;
    },
  };
}

function listening(server: Server, { host, port }: Config['web']['listenAddress']): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}

function formatHost(host: string | undefined): string {
  if (host === undefined || host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
