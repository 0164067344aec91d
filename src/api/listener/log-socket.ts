/** `WS /jobs/{job_id}/ws`: the log from its start, progress, and the end of a job. */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { isActive, isEnded, type Job } from '../../jobs/job.js';
import { type AccessRules, challengeOf } from '../access/access.js';
import type { FailedLogins } from '../access/failed-logins.js';
import type { ApiServices } from '../api-services.js';
import type { LiveSpeed } from '../live-speeds.js';
import { WRITE_TIMEOUT_MS } from './client-write-timeout.js';
import type { HttpConnectionEvent } from './encryption.js';
import { isWebSocketUpgrade, serveWithoutUpgrade } from './other-upgrade.js';

/** What the socket sends, one JSON object a message. */
export type SocketMessage =
  | { readonly type: 'log'; readonly line: string }
  | ({ readonly type: 'progress' } & Job['progress'])
  /** For those alone who ask with `?live=true`: clients written before know nothing of it. */
  | ({ readonly type: 'live' } & LiveSpeed)
  | { readonly type: 'done'; readonly status: Job['status'] };

const UNKNOWN_JOB = 4004;
const TRY_AGAIN_LATER = 1013;
const GOING_AWAY = 1001;
const MAX_CLIENT_MESSAGE = 1024;

const PATHS = [
  { pattern: /^\/jobs\/([^/]+)\/ws$/, tellsCancelled: false },
  { pattern: /^\/api\/benchmark\/ws\/([^/]+)$/, tellsCancelled: true },
] as const;

export interface LogSocketOptions {
  readonly server: Server;
  readonly connectionEvent: HttpConnectionEvent;
  readonly services: ApiServices;
  readonly rules: () => AccessRules;
  readonly failedLogins: FailedLogins;
  /** Of the answer to an upgrade. */
  readonly headers: () => Readonly<Record<string, string>>;
  /** How long a reader may take nothing before it is dropped. */
  readonly sendTimeoutMs?: number | undefined;
}

/** Takes upgrades of `server`; returns what closes every socket. */
export function serveLogSockets({
  server,
  connectionEvent,
  services,
  rules,
  failedLogins,
  headers,
  sendTimeoutMs,
}: LogSocketOptions): () => void {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_CLIENT_MESSAGE,
    handleProtocols: (offered) => [...offered][0] ?? false,
  });
  sockets.on('headers', (lines: string[]) => {
    for (const [name, value] of Object.entries(headers())) lines.push(`${name}: ${value}`);
  });
  const upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const asked = rules();
    const refusal = await failedLogins.refusalOf({ headers: request.headers, changes: false }, asked, request.socket);
    const place = placeOf(request.url ?? '');
    if (refusal?.status === 401) return refuse(socket, 401, { 'www-authenticate': challengeOf(asked), ...headers() });
    if (refusal !== undefined) return refuse(socket, refusal.status, headers());
    if (place === undefined) return refuse(socket, 404, headers());
    sockets.handleUpgrade(request, socket, head, (client) => {
      serve({ client, sendTimeoutMs: sendTimeoutMs ?? WRITE_TIMEOUT_MS }, place, services).catch((error: unknown) => {
        services.logger.warn({ err: error, job_id: place.jobId }, 'a log socket failed');
        client.terminate();
      });
    });
  };
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (!isWebSocketUpgrade(request)) return serveWithoutUpgrade({ server, connectionEvent }, request, socket, head);
    upgrade(request, socket, head).catch((error: unknown) => {
      services.logger.warn({ err: error }, 'a log socket failed');
      socket.destroy();
    });
  });
  return () => {
    for (const client of sockets.clients) client.terminate();
    sockets.close();
  };
}

interface Place {
  readonly jobId: string;
  readonly tellsCancelled: boolean;
  readonly tellsSpeed: boolean;
}

function placeOf(url: string): Place | undefined {
  const [path = '', query = ''] = url.split('?', 2);
  const tellsSpeed = new URLSearchParams(query).get('live') === 'true';
  for (const { pattern, tellsCancelled } of PATHS) {
    const jobId = pattern.exec(path)?.[1];
    if (jobId !== undefined) return { jobId, tellsCancelled, tellsSpeed };
  }
  return undefined;
}

function refuse(socket: Duplex, status: number, headers: Readonly<Record<string, string>>): void {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  // Destroyed once it is said: a client that never closes its side would hold up the agent's end.
  const head = `HTTP/1.1 ${status} Refused\r\nconnection: close\r\ncontent-length: 0\r\n${lines.join('')}\r\n`;
  socket.end(head, () => socket.destroy());
}

interface Reader {
  readonly client: WebSocket;
  readonly sendTimeoutMs: number;
}

async function serve(reader: Reader, place: Place, services: ApiServices): Promise<void> {
  const { client } = reader;
  const { jobId, tellsCancelled, tellsSpeed } = place;
  const { store, logs, followers, liveSpeeds } = services;
  client.on('error', () => client.terminate());
  if (store.get(jobId) === undefined) return client.close(UNKNOWN_JOB, 'no such job');
  let leave: () => void;
  try {
    leave = followers.enter();
  } catch {
    return client.close(TRY_AGAIN_LATER, 'too many followers');
  }
  const gone = new AbortController();
  client.on('close', () => gone.abort());
  const unsubscribes = [
    store.subscribe((job) => {
      if (job.job_id === jobId && isActive(job)) void send(reader, { type: 'progress', ...job.progress });
    }),
  ];
  if (tellsSpeed)
    unsubscribes.push(liveSpeeds.subscribe(jobId, (speed) => void send(reader, { type: 'live', ...speed })));
  try {
    const now = store.get(jobId);
    if (now !== undefined && isActive(now)) await send(reader, { type: 'progress', ...now.progress });
    for await (const line of logs.follow(jobId, gone.signal)) {
      if (!(await send(reader, { type: 'log', line }))) return;
    }
    const ended = store.get(jobId);
    if (gone.signal.aborted) return;
    if (ended === undefined) return client.close(UNKNOWN_JOB, 'the job was skipped');
    // The agent stops and the job waits on or stays paused: it is not done.
    if (!isEnded(ended)) return client.close(GOING_AWAY, 'the agent stops');
    if (tellsCancelled && ended.status === 'cancelled') await send(reader, { type: 'log', line: '__CANCELLED__' });
    await send(reader, { type: 'done', status: ended.status });
    client.close(1000);
  } finally {
    for (const unsubscribe of unsubscribes) unsubscribe();
    leave();
  }
}

/** Resolves once the message is with the system: a slow reader holds up nobody but itself. False: it is gone. */
function send({ client, sendTimeoutMs }: Reader, message: SocketMessage): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => client.terminate(), sendTimeoutMs);
    client.send(JSON.stringify(message), (error) => {
      clearTimeout(timer);
      resolve(error === undefined || error === null);
    });
  });
}
