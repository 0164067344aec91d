import net from 'node:net';
import { monotonicMs } from '../clock.js';
import { type ResponseHead, ResponseReader } from './response-reader.js';

/** What a connection tells of the answer to its request; `onEnd` or `onError` comes last, once. */
export interface AnswerReceiver {
  readonly onHead: (head: ResponseHead) => void;
  /** Bytes of the body, only good until the call returns; `atMs` is the stamp of the read that brought them. */
  readonly onBody: (bytes: Buffer, atMs: number) => void;
  readonly onEnd: (atMs: number) => void;
  readonly onError: (error: Error) => void;
}

export interface PostRequest {
  /** Below the path of the API base. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

// Servers close idle keep-alive connections after 5 s (uvicorn, Node, llama-server's httplib); one that was idle for
// less than this is safe to use, so a request never has to be sent twice.
const MAX_IDLE_MS = 2000;
const READ_BYTES = 2 ** 16;

/**
 * One connection to a server, opened before it is needed and kept alive between requests, so that no connection
 * set-up is ever part of a measured time. Carries one request at a time. Every read is stamped at the socket, before
 * HTTP decoding.
 *
 * It speaks HTTP/1.1 itself: `node:http` allocates 64 KiB and passes several streams and parsers for each token that
 * arrives, which costs the measuring client more than all the rest it does.
 */
export class Connection {
  readonly #base: URL;
  #socket: net.Socket | undefined;
  #ready = false;
  #usedAtMs = 0;
  #reader: ResponseReader | undefined;
  #receiver: AnswerReceiver | undefined;
  #readAtMs = 0;

  /** @param apiBase scheme, host and port of the server, as in `InferenceServer.apiBase` */
  constructor(apiBase: string) {
    this.#base = new URL(apiBase);
  }

  /**
   * Makes sure that an established connection is ready for the next request.
   * Rejects with the socket's error (`ECONNREFUSED`, …) or the signal's reason.
   */
  async open(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const idle = this.#socket;
    if (this.#ready && idle?.writable === true && monotonicMs() - this.#usedAtMs < MAX_IDLE_MS) return;
    this.#drop();
    // Most servers are asked in plain: a runner that never needs TLS starts sooner without it.
    const tls = this.#base.protocol === 'https:' ? await import('node:tls') : undefined;
    signal.throwIfAborted();
    const socket = this.#connect(tls);
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('error', (error) => this.#failed(socket, error));
    socket.on('end', () => this.#closed(socket));
    socket.on('close', () => this.#closed(socket));
    await established(socket, tls === undefined ? 'connect' : 'secureConnect', signal);
    this.#ready = true;
    this.#usedAtMs = monotonicMs();
  }

  /**
   * Hands a POST to the open connection, in one write; returns the stamp of right before that write.
   * Throws where `open` has not resolved before: a connection made now would be measured along.
   */
  post({ path, headers, body }: PostRequest, receiver: AnswerReceiver): number {
    const socket = this.#socket;
    if (!this.#ready || socket === undefined) throw new Error('expected an open connection, got none');
    this.#ready = false;
    const head = this.#head(path, { ...headers, 'content-length': String(body.length) });
    const message = Buffer.concat([Buffer.from(head, 'latin1'), body]);
    this.#receiver = receiver;
    this.#reader = new ResponseReader({
      onHead: receiver.onHead,
      onBody: (bytes) => receiver.onBody(bytes, this.#readAtMs),
      onEnd: (reusable) => this.#ended(reusable),
    });
    const startMs = monotonicMs();
    socket.write(message);
    return startMs;
  }

  /** Ends the request under way, if there is one, without a word to its receiver. */
  abandon(): void {
    if (this.#receiver === undefined) return;
    this.#receiver = undefined;
    this.#drop();
  }

  close(): void {
    const receiver = this.#receiver;
    this.#receiver = undefined;
    this.#drop();
    receiver?.onError(new Error('the connection was closed'));
  }

  #head(path: string, headers: Readonly<Record<string, string>>): string {
    const all = {
      host: this.#base.host,
      'content-type': 'application/json',
      accept: 'text/event-stream',
      'accept-encoding': 'identity',
      connection: 'keep-alive',
      ...headers,
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    return `POST ${this.#base.pathname.replace(/\/$/, '')}${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
  }

  #connect(tls: typeof import('node:tls') | undefined): net.Socket {
    const host = this.#base.hostname.replace(/^\[|\]$/g, '');
    const port = Number(this.#base.port) || (tls === undefined ? 80 : 443);
    if (tls !== undefined) {
      const servername = net.isIP(host) === 0 ? { servername: host } : {};
      const socket = tls.connect({ host, port, ...servername, ALPNProtocols: ['http/1.1'] });
      socket.on('data', (bytes) => this.#read(socket, bytes));
      return socket;
    }
    const onread = {
      buffer: Buffer.allocUnsafe(READ_BYTES),
      callback: (length: number, buffer: Uint8Array) => {
        this.#read(socket, Buffer.from(buffer.buffer, buffer.byteOffset, length));
        return true;
      },
    };
    const socket: net.Socket = net.connect({ host, port, onread });
    return socket;
  }

  #read(socket: net.Socket, bytes: Buffer): void {
    this.#readAtMs = monotonicMs();
    if (socket !== this.#socket) return;
    const reader = this.#reader;
    // Words that nobody asked for: whatever they are, they answer no request of ours.
    if (this.#receiver === undefined || reader === undefined) {
      this.#drop();
      return;
    }
    try {
      reader.push(bytes);
    } catch (error) {
      this.#failed(socket, error as Error);
    }
  }

  #ended(reusable: boolean): void {
    const receiver = this.#receiver;
    this.#receiver = undefined;
    this.#usedAtMs = monotonicMs();
    if (reusable) this.#ready = true;
    else this.#drop();
    receiver?.onEnd(this.#readAtMs);
  }

  #closed(socket: net.Socket): void {
    if (socket !== this.#socket) return;
    this.#ready = false;
    if (this.#receiver === undefined || this.#reader?.close() === true) {
      this.#drop();
      return;
    }
    this.#failed(socket, Object.assign(new Error('the server closed the connection'), { code: 'ECONNRESET' }));
  }

  #failed(socket: net.Socket, error: Error): void {
    if (socket !== this.#socket) return;
    const receiver = this.#receiver;
    this.#receiver = undefined;
    this.#drop();
    receiver?.onError(error);
  }

  #drop(): void {
    this.#ready = false;
    const socket = this.#socket;
    this.#socket = undefined;
    this.#reader = undefined;
    socket?.destroy();
  }
}

function established(socket: net.Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      socket.removeListener(event, onOpen);
      socket.removeListener('error', onError);
      signal.removeEventListener('abort', onAbort);
      finish();
    };
    const onOpen = () => settle(resolve);
    const fail = (cause: unknown) =>
      settle(() => {
        socket.destroy();
        reject(cause);
      });
    const onError = (error: Error) => fail(error);
    const onAbort = () => fail(signal.reason);
    socket.once(event, onOpen);
    socket.once('error', onError);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
