import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';
import { monotonicMs } from './clock.js';

// Servers close idle keep-alive connections after 5 s (uvicorn, Node, llama-server's httplib); one that was idle for
// less than this is safe to use, so a request never has to be sent twice.
const MAX_IDLE_MS = 2000;

/**
 * One connection to a server, opened before it is needed and kept alive between requests, so that no connection
 * set-up is ever part of a measured time. Carries one request at a time. Every read is stamped at the socket, before
 * HTTP decoding.
 */
export class Connection {
  readonly #base: URL;
  readonly #agent: http.Agent;
  #opened: net.Socket | undefined;
  #current: net.Socket | undefined;
  #usedAtMs = 0;
  #readAtMs = 0;

  /** @param apiBase scheme, host and port of the server, as in `InferenceServer.apiBase` */
  constructor(apiBase: string) {
    this.#base = new URL(apiBase);
    const options = { keepAlive: true, maxSockets: 1, maxFreeSockets: 1 };
    this.#agent = this.#base.protocol === 'https:' ? new https.Agent(options) : new http.Agent(options);
    // The agent asks for a socket only while a request waits for one: it is handed the one that is open already.
    this.#agent.createConnection = () => this.#takeOpened();
  }

  /** When the latest bytes arrived, in `monotonicMs`. */
  get readAtMs(): number {
    return this.#readAtMs;
  }

  /**
   * Makes sure that an established connection is ready for the next request.
   * Rejects with the socket's error (`ECONNREFUSED`, …) or the signal's reason.
   */
  async open(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#isReady()) return;
    this.#current?.destroy();
    const socket = this.#connect();
    this.#current = socket;
    // While no request is on the socket nobody else listens, and an error must not end the process.
    socket.on('error', () => undefined);
    await established(socket, this.#base.protocol === 'https:' ? 'secureConnect' : 'connect', signal);
    socket.setNoDelay(true);
    socket.on('data', () => {
      this.#readAtMs = monotonicMs();
    });
    this.#opened = socket;
    this.#usedAtMs = monotonicMs();
  }

  /**
   * Prepares a POST on the open connection; the caller ends it with the body once its socket is assigned.
   * Throws where `open` has not resolved before: a connection made now would be measured along.
   */
  post(path: string, headers: Readonly<Record<string, string>>, bodyBytes: number): http.ClientRequest {
    const { request } = this.#base.protocol === 'https:' ? https : http;
    return request(new URL(this.#base.pathname.replace(/\/$/, '') + path, this.#base), {
      agent: this.#agent,
      method: 'POST',
      headers: {
        ...headers,
        'content-type': 'application/json',
        'content-length': bodyBytes,
        accept: 'text/event-stream',
        'accept-encoding': 'identity',
      },
    });
  }

  /** Notes that a request has ended and the connection idles from now on. */
  release(): void {
    this.#usedAtMs = monotonicMs();
  }

  close(): void {
    this.#current?.destroy();
    this.#agent.destroy();
  }

  #isReady(): boolean {
    const socket = this.#current;
    if (socket === undefined || socket.destroyed || !socket.writable || socket.readableEnded) return false;
    const free = Object.values(this.#agent.freeSockets).some((sockets) => sockets?.includes(socket));
    return (free || this.#opened === socket) && monotonicMs() - this.#usedAtMs < MAX_IDLE_MS;
  }

  #connect(): net.Socket {
    const secure = this.#base.protocol === 'https:';
    const host = this.#base.hostname.replace(/^\[|\]$/g, '');
    const port = Number(this.#base.port) || (secure ? 443 : 80);
    if (!secure) return net.connect({ host, port });
    const servername = net.isIP(host) === 0 ? { servername: host } : {};
    return tls.connect({ host, port, ...servername, ALPNProtocols: ['http/1.1'] });
  }

  #takeOpened(): net.Socket {
    const socket = this.#opened;
    if (socket === undefined) throw new Error('expected an open connection, got none');
    this.#opened = undefined;
    return socket;
  }
}

function established(socket: net.Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => () => {
      socket.removeListener(event, onOpen);
      socket.removeListener('error', onError);
      signal.removeEventListener('abort', onAbort);
      finish();
    };
    const fail = (cause: unknown) =>
      settle(() => {
        socket.destroy();
        reject(cause);
      })();
    const onOpen = settle(resolve);
    const onError = (error: Error) => fail(error);
    const onAbort = () => fail(signal.reason);
    socket.once(event, onOpen);
    socket.once('error', onError);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
