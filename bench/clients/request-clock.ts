/**
 * Preloaded into a server's process: how long it had at least one request to answer, from its headers to the end of
 * the answer, without what ran at once counted twice. Told on demand, as nanoseconds in a message to the parent.
 */
import diagnosticsChannel from 'node:diagnostics_channel';
import type { ServerResponse } from 'node:http';

let open = 0;
let openedNs = 0n;
let busyNs = 0n;

diagnosticsChannel.subscribe('http.server.request.start', (message) => {
  const { response } = message as { readonly response: ServerResponse };
  if (open === 0) openedNs = process.hrtime.bigint();
  open += 1;
  response.once('close', () => {
    open -= 1;
    if (open === 0) busyNs += process.hrtime.bigint() - openedNs;
  });
});

// Only in the server itself: processes that it starts inherit this preload and have channels of their own.
if (process.argv[2] === 'reference') {
  process.on('message', () => process.send?.(String(busyNs)));
  // The channel to the parent is not what this process lives for.
  process.channel?.unref();
}
