/** Listens, within limits, and closes in good time. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../../config/schema.js';
import type { AccessRules } from '../access/access.js';
import type { ApiServices } from '../api-services.js';
import { createApp } from '../app.js';
import { routes } from '../registry.js';
import { serveLogSockets } from './log-socket.js';

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
  /** As the application's. */
  readonly writeTimeoutMs?: number | undefined;
}

const MAX_CONNECTIONS = 256;
const REQUEST_TIMEOUT_MS = 30_000;
const LAST_WORDS_MS = 500;

/** Rejects with the system's error (`EADDRINUSE`, `EACCES`, …) where it cannot listen. */
export async function startWebServer(options: WebServerOptions): Promise<WebServer> {
  const { services, rules, address, writeTimeoutMs } = options;
  const app = createApp({ services, routes, rules, writeTimeoutMs });
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, app.callback());
  server.maxConnections = MAX_CONNECTIONS;
  const closeSockets = serveLogSockets({ server, services, rules });
  await listening(server, address);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${formatHost(address.host)}:${port}`,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      // Whoever follows a log that has ended is being sent its last lines.
      const lastWords = new AbortController();
      await Promise.race([closed, delay(LAST_WORDS_MS, undefined, { signal: lastWords.signal })]);
      lastWords.abort();
      closeSockets();
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
