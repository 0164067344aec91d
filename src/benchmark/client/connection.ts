import net from 'node:net';
import { monotonicMs } from '../clock.js';
import { type KeptReads, type ReceivedSoFar, receivedBytes } from './received-bytes.js';
import { type ResponseHead, ResponseReader } from './response-reader.js';
import { type TlsTrust, tlsOptions } from './tls-trust.js';

/** What a connection tells of the answer to its request; `onEnd` or `onError` comes last, once. */
export interface AnswerReceiver {
  readonly onHead: (head: ResponseHead) => void;
  /** After the head, when it is looked up, and each read that follows, before anything of the body is handed on. */
  readonly onRead?: ((received: ReceivedSoFar, atMs: number) => void) | undefined;
  /**
   * Bytes of the body, never overwritten; `atMs` is the stamp of the read that brought them. They may come long after it:
   * once the answer may be at its end, or at `catchUp`.
   */
  readonly onBody: (bytes: Buffer, atMs: number) => void;
  /**
   * What stands between two places of the bytes read, a character for each, before it is handed over by `onBody`: true
   * where that is not needed any more. Asked only of a whole chunk, or of all that a read brought.
   */
  readonly onSpan?: ((text: string, from: number, to: number, atMs: number) => boolean) | undefined;
  readonly onEnd: (atMs: number) => void;
  readonly onError: (error: Error) => void;
}

/** Where a server is reached. */
export interface ServerAddress {
  /** Scheme, host and port, as in `InferenceServer.apiBase`. */
  readonly apiBase: string;
  /** Which certificates are trusted beside those that the machine trusts. */
  readonly tls?: TlsTrust | undefined;
}

export interface PostRequest {
  /** Below the path of the API base. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What is done with the first `count` of these bytes, which are those of one read. */
type TakeRead = (read: Uint8Array, count: number, atMs: number) => void;

// One for all connections: what was read is copied before the next read, whichever connection that is of.
const readBuffer = new Uint8Array(2 ** 16);

/**
 * A connection to a server for one request, opened before it is needed, so that no connection set-up is ever part of
 * a measured time, and closed after it: a current llama-server closes it right after a streamed answer, whatever its
 * headers say, and a request that meets such a close is lost. Every read is stamped at the socket, before HTTP decoding.
 * While tokens arrive they are only kept: what is cut and read when all have come costs half of what it would cost each
 * time the process wakes up for one.
 *
 * It speaks HTTP/1.1 itself: `node:http` allocates 64 KiB and passes several streams and parsers for each token that
 * arrives, which costs the measuring client more than all the rest it does.
 */
export class Connection {
  readonly #base: URL;
  readonly #trust: TlsTrust | undefined;
  #socket: net.Socket | undefined;
  #reader: ResponseReader | undefined;
  #receiver: AnswerReceiver | undefined;
  readonly #received = receivedBytes();
  #readAtMs = 0;
  // Words that nobody asked for: whatever they are, they answer no request of ours.
  #take: TakeRead = () => this.#drop();

  private constructor({ apiBase, tls }: ServerAddress) {
    this.#base = new URL(apiBase);
    this.#trust = tls;
  }

  /**
   * Connects, over TLS where the server asks for it.
   * Rejects with the socket's error (`ECONNREFUSED`, …) or the signal's reason.
   */
  static async open(server: ServerAddress, signal: AbortSignal): Promise<Connection> {
    signal.throwIfAborted();
    const connection = new Connection(server);
    await connection.#open(signal);
    return connection;
  }

  /** Whether so much as a byte has come in answer to the request. */
  get wasAnswered(): boolean {
    return this.#received.length > 0;
  }

  /** Whether both ends lie on this machine. */
  get isLocal(): boolean {
    const { localAddress, remoteAddress } = this.#socket ?? {};
    return localAddress !== undefined && localAddress === remoteAddress;
  }

  /** Hands the only POST to the connection, in one write; returns the stamp of right before that write. */
  post({ path, headers, body }: PostRequest, receiver: AnswerReceiver): number {
    const head = this.#head(path, { ...headers, 'content-length': String(body.length) });
    const message = Buffer.concat([Buffer.from(head, 'latin1'), body]);
    this.#receiver = receiver;
    this.#takeAnswer();
    const startMs = monotonicMs();
    // One that was closed while it waited fails like one that closes now.
    if (this.#socket === undefined) process.nextTick(() => this.#failed(undefined, closedByServer()));
    else this.#socket.write(message);
    return startMs;
  }

  /** Hands what is kept to the receiver. */
  catchUp(): void {
    const socket = this.#socket;
    const kept = this.#received.take();
    if (kept === undefined) return;
    try {
      this.#handOver(kept);
    } catch (error) {
      this.#failed(socket, error as Error);
    }
  }

  /** Ends whatever is under way, without a word to its receiver. */
  close(): void {
    this.#receiver = undefined;
    this.#drop();
  }

  async #open(signal: AbortSignal): Promise<void> {
    // Most servers are asked in plain: a runner that never needs TLS starts sooner without it.
    const tls = this.#base.protocol === 'https:' ? await import('node:tls') : undefined;
    signal.throwIfAborted();
    const socket = this.#connect(tls);
    this.#socket = socket;
    socket.on('error', (error) => {
      this.catchUp();
      this.#failed(socket, error);
    });
    socket.on('end', () => this.#closed(socket));
    socket.on('close', () => this.#closed(socket));
    await established(socket, tls === undefined ? 'connect' : 'secureConnect', signal);
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
      const socket = tls.connect({
        host,
        port,
        ...servername,
        ALPNProtocols: ['http/1.1'],
        ...tlsOptions(this.#trust),
      });
      socket.setNoDelay(true);
      socket.on('data', (bytes) => this.#take(bytes, bytes.length, monotonicMs()));
      return socket;
    }
    const onread = {
      buffer: readBuffer,
      callback: (length: number) => {
        const atMs = monotonicMs();
        this.#take(readBuffer, length, atMs);
        return true;
      },
    };
    return net.connect({ host, port, onread, noDelay: true });
  }

  /** Its state lies in variables, since each token comes by here: see `receivedBytes`. */
  #takeAnswer(): void {
    const received = this.#received;
    let onRead: AnswerReceiver['onRead'];
    const reader = new ResponseReader({
      onHead: (head) => {
        this.#receiver?.onHead(head);
        onRead = this.#receiver?.onRead;
        onRead?.(received, this.#readAtMs);
      },
      onBody: (bytes) => this.#receiver?.onBody(bytes, this.#readAtMs),
      onEnd: () => this.#ended(),
    });
    this.#reader = reader;
    this.#take = (read, count, atMs) => {
      received.append(read, count, atMs);
      onRead?.(received, atMs);
      if (reader.mayEndWith(read, count)) this.catchUp();
    };
  }

  /** What its receiver does not take without its bytes goes through the reader. */
  #handOver({ bytes, text, ends, stampsMs }: KeptReads): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    const { piece } = reader;
    let onSpan = this.#receiver?.onSpan;
    let at = 0;
    for (let index = 0; index < ends.length; index += 1) {
      const to = ends[index] ?? at;
      const atMs = stampsMs[index] ?? 0;
      while (at < to) {
        const isPiece = onSpan !== undefined && reader.findPiece(bytes, at, to);
        const next = isPiece ? piece.next : to;
        if (!isPiece || !onSpan?.(text, piece.from, piece.to, atMs)) {
          this.#readAtMs = atMs;
          reader.push(bytes.subarray(at, next));
          if (this.#reader === undefined || reader.ended) return;
          onSpan = this.#receiver?.onSpan;
        }
        at = next;
      }
    }
    this.#readAtMs = stampsMs.at(-1) ?? this.#readAtMs;
  }

  #ended(): void {
    const receiver = this.#receiver;
    this.close();
    receiver?.onEnd(this.#readAtMs);
  }

  #closed(socket: net.Socket): void {
    if (socket !== this.#socket) return;
    this.catchUp();
    if (socket !== this.#socket) return;
    if (this.#receiver === undefined) this.#drop();
    else if (this.#reader?.close() !== true) this.#failed(socket, closedByServer());
  }

  #failed(socket: net.Socket | undefined, error: Error): void {
    if (socket !== this.#socket) return;
    const receiver = this.#receiver;
    this.close();
    receiver?.onError(error);
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#reader = undefined;
    this.#take = () => undefined;
    socket?.destroy();
  }
}

function closedByServer(): Error {
  return Object.assign(new Error('the server closed the connection'), { code: 'ECONNRESET' });
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
