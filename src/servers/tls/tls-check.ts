import net from 'node:net';
import { portOf } from '../api-base.js';

/** Whether a server speaks TLS there, whatever its certificate is. Never rejects: an abort is a no. */
export async function speaksTls(apiBase: string, signal: AbortSignal): Promise<boolean> {
  const host = new URL(apiBase).hostname.replace(/^\[|\]$/g, '');
  const { connect } = await import('node:tls');
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(false);
    const servername = net.isIP(host) === 0 ? { servername: host } : {};
    const socket = connect({ host, port: portOf(apiBase), rejectUnauthorized: false, ...servername });
    const settle = (speaks: boolean) => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(speaks);
    };
    const onAbort = () => settle(false);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('secureConnect', () => settle(true));
    // An error may come after the socket is given up; without a listener it would end the process.
    socket.on('error', () => settle(false));
    socket.once('close', () => settle(false));
  });
}
