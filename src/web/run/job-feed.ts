/** Follows one job over its WebSocket, and comes back when the connection is lost. */

import type { SocketMessage } from '../../api/listener/log-socket.js';
import { backOffMs } from '../../shared/back-off.js';
import { BACK_OFF, type Timer } from '../ui/timer.js';

/** The part of a browser's WebSocket that is used. */
export type FeedSocket = Pick<WebSocket, 'onopen' | 'onmessage' | 'onclose' | 'close'>;

export interface JobFeedOptions {
  readonly jobId: string;
  /** Asked at each attempt: the token may have come meanwhile. */
  readonly open: (jobId: string) => FeedSocket;
  readonly timer: Timer;
  /** The log is replayed from its start after each of these. */
  readonly onOpen: () => void;
  readonly onMessage: (message: SocketMessage) => void;
  readonly onLost: () => void;
}

const UNKNOWN_JOB = 4004;

/** Ends by itself once the job is done or nobody knows it; returns what ends it before. */
export function followJob(options: JobFeedOptions): () => void {
  const { jobId, open, timer, onOpen, onMessage, onLost } = options;
  let socket: FeedSocket | undefined;
  let cancelNext: () => void = () => undefined;
  let failures = 0;
  let isOver = false;
  const connect = (): void => {
    const current = open(jobId);
    socket = current;
    current.onopen = () => onOpen();
    current.onmessage = ({ data }) => {
      const message = messageOf(data);
      if (isOver || message === undefined) return;
      // Not with the opening: a server that takes the connection and drops it is not to be asked twice a second.
      failures = 0;
      if (message.type === 'done') isOver = true;
      onMessage(message);
    };
    current.onclose = ({ code }) => {
      if (code === UNKNOWN_JOB) isOver = true;
      if (isOver) return;
      failures += 1;
      onLost();
      cancelNext = timer.after(backOffMs(failures, BACK_OFF), connect);
    };
  };
  connect();
  return () => {
    isOver = true;
    cancelNext();
    socket?.close();
  };
}

const known: ReadonlySet<unknown> = new Set<SocketMessage['type']>(['log', 'progress', 'live', 'done']);

/** `undefined` for what a newer agent may say. */
function messageOf(data: unknown): SocketMessage | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    const message = JSON.parse(data) as SocketMessage;
    return known.has(message.type) ? message : undefined;
  } catch {
    return undefined;
  }
}

/** The subprotocol that carries a token where no header can: base64url of its UTF-8. */
export function tokenProtocol(token: string): string {
  const bytes = new TextEncoder().encode(token);
  const base64 = btoa(String.fromCharCode(...bytes));
  return `typhon.bearer.${base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`;
}
