import net from 'node:net';

/** Whether something accepts TCP connections there. Never rejects: an abort is a no. */
export function acceptsConnections(host: string, port: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(false);
    const socket = net.connect({ host, port });
    const settle = (accepts: boolean) => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(accepts);
    };
    const onAbort = () => settle(false);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}
