import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import https from 'node:https';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { Connection } from '../../src/benchmark/client/connection.js';
import { listening } from '../fixtures/listening.js';
import { asked, connectionTo, never, posted } from '../fixtures/opened-connection.js';

async function selfSigned(t: Test): Promise<{ key: Buffer; cert: Buffer } | undefined> {
  const folder = t.testdir({});
  const files = ['-keyout', `${folder}/key.pem`, '-out', `${folder}/cert.pem`];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-days', '2'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  try {
    await promisify(execFile)('openssl', ['req', '-x509', '-nodes', ...curve, ...subject, ...files]);
  } catch {
    return undefined;
  }
  return { key: await readFile(`${folder}/key.pem`), cert: await readFile(`${folder}/cert.pem`) };
}

t.test('speaks TLS: one handshake before the first request, an untrusted certificate is refused', async (t) => {
  const keys = await selfSigned(t);
  if (keys === undefined) return t.comment('there is no openssl to make a certificate with');
  let handshakes = 0;
  const server = https.createServer(keys, (request, response) => {
    request.resume();
    response.end('secret');
  });
  server.on('secureConnection', () => {
    handshakes += 1;
  });
  const port = await listening(t, server);
  await t.rejects(Connection.open(`https://localhost:${port}`, never), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  // Read by Node at each connection; there is no other way to make it trust a certificate made after its start.
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
  t.teardown(() => {
    delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  });
  handshakes = 0;
  const connection = await connectionTo(t, `https://localhost:${port}`);
  const first = await posted(connection);
  t.equal(first.body, 'secret');
  t.ok(first.stampsMs.every((ms) => ms > 0));
  t.equal(handshakes, 1);
  t.equal((await asked(t, `https://127.0.0.1:${port}`)).body, 'secret', 'by address as well');
});
