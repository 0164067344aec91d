import https from 'node:https';
import t, { type Test } from 'tap';
import { Connection } from '../../../src/benchmark/client/connection.js';
import { listening } from '../../fixtures/listening.js';
import { asked, connectionTo, never, posted } from '../../fixtures/opened-connection.js';
import { type CertificateName, certificatePem, serverCertificate } from '../../fixtures/tls/certificate.js';

async function secretServer(t: Test, name: CertificateName) {
  let handshakes = 0;
  const server = https.createServer(serverCertificate(name), (request, response) => {
    request.resume();
    response.end('secret');
  });
  server.on('secureConnection', () => {
    handshakes += 1;
  });
  const port = await listening(t, server);
  return { port, handshakes: () => handshakes };
}

t.test('the handshake comes before the request, once', async (t) => {
  const { port, handshakes } = await secretServer(t, 'self-signed');
  const tls = { check: 'authority', pem: certificatePem('self-signed') } as const;
  const connection = await connectionTo(t, `https://localhost:${port}`, tls);
  const { body, stampsMs } = await posted(connection);
  t.equal(body, 'secret');
  t.ok(stampsMs.every((ms) => ms > 0));
  t.equal(handshakes(), 1);
  t.equal((await asked(t, `https://127.0.0.1:${port}`, tls)).body, 'secret', 'by address as well');
});

t.test('a certificate that nobody vouches for is refused, unless it is to be taken unchecked', async (t) => {
  const { port } = await secretServer(t, 'self-signed');
  const apiBase = `https://localhost:${port}`;
  await t.rejects(Connection.open({ apiBase }, never), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  t.equal((await asked(t, apiBase, { check: 'none' })).body, 'secret');
});

t.test('an authority of its own vouches for a server, at its own host alone', async (t) => {
  const tls = { check: 'authority', pem: certificatePem('authority') } as const;
  const signed = await secretServer(t, 'signed');
  t.equal((await asked(t, `https://localhost:${signed.port}`, tls)).body, 'secret');
  const elsewhere = await secretServer(t, 'elsewhere');
  const apiBase = `https://localhost:${elsewhere.port}`;
  await t.rejects(Connection.open({ apiBase, tls }, never), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
});
