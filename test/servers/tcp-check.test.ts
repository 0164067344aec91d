import net from 'node:net';
import t from 'tap';
import { acceptsConnections } from '../../src/servers/tcp-check.js';
import { listening, patient } from '../fixtures/servers/fixture-server.js';

t.test('an open port accepts, a closed one does not', async (t) => {
  const server = net.createServer();
  const { port } = await listening(t, server);
  t.equal(await acceptsConnections('127.0.0.1', port, patient), true);
  await new Promise((resolve) => server.close(resolve));
  t.equal(await acceptsConnections('127.0.0.1', port, patient), false);
});

t.test('an unknown host does not accept', async (t) => {
  t.equal(await acceptsConnections('no-such-host.invalid', 80, AbortSignal.timeout(5000)), false);
});

t.test('an abort is a no, also while the connection is being made', async (t) => {
  t.equal(await acceptsConnections('127.0.0.1', 1, AbortSignal.abort()), false);
  const stop = new AbortController();
  // TEST-NET-1 (RFC 5737) leads nowhere.
  const checking = acceptsConnections('192.0.2.1', 9, stop.signal);
  stop.abort();
  t.equal(await checking, false);
});
