import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import t from 'tap';
import type { TlsTrust } from '../../../src/benchmark/client/tls-trust.js';
import { askHttp } from '../../../src/servers/http-client.js';
import { tlsError } from '../../../src/servers/tls/tls-error.js';
import { listening, patient, serveFixture } from '../../fixtures/servers/fixture-server.js';
import { llamaCpp } from '../../fixtures/servers/llama-cpp.js';
import { certificatePem, serverCertificate } from '../../fixtures/tls/certificate.js';

const authority: TlsTrust = { check: 'authority', pem: certificatePem('authority') };

function ask(url: string, tls?: TlsTrust) {
  return askHttp(url, { headers: {}, tls, signal: patient });
}

t.test('a certificate is trusted by its authority, by itself, or by leave', async (t) => {
  const itself = (name: 'signed' | 'self-signed'): TlsTrust => ({ check: 'authority', pem: certificatePem(name) });
  const signed = await serveFixture(t, llamaCpp, 'signed');
  t.equal((await ask(`${signed.apiBase}/props`, authority)).status, 200);
  t.equal((await ask(`${signed.apiBase}/props`, itself('signed'))).status, 200, 'the very certificate');
  const selfSigned = await serveFixture(t, llamaCpp, 'self-signed');
  t.equal((await ask(`${selfSigned.apiBase}/props`, itself('self-signed'))).status, 200);
  for (const name of ['signed', 'self-signed', 'expired', 'future', 'elsewhere'] as const) {
    const { apiBase } = await serveFixture(t, llamaCpp, name);
    t.equal((await ask(`${apiBase}/props`, { check: 'none' })).status, 200, name);
  }
});

t.test('one that nobody vouches for: which key of the target helps', async (t) => {
  const cases = { signed: 'unable to verify the first certificate', 'self-signed': 'self-signed certificate' } as const;
  for (const name of ['signed', 'self-signed'] as const) {
    const { apiBase, requests } = await serveFixture(t, llamaCpp, name);
    await t.rejects(ask(`${apiBase}/props`), {
      code: 'tls_failed',
      message: `${apiBase} shows a certificate that no authority known here vouches for: set ca_file of the target to the one that issued it, or to its own where it is self-signed; insecure_skip_verify: true takes any certificate (${cases[name]}).`,
    });
    t.same(requests, [], 'the key stays here');
  }
});

t.test('one that the ca_file does not vouch for', async (t) => {
  const { apiBase } = await serveFixture(t, llamaCpp, 'self-signed');
  await t.rejects(ask(`${apiBase}/props`, authority), {
    code: 'tls_failed',
    message: /shows a certificate that the target's ca_file does not vouch for: put the certificate of the authority/,
  });
});

t.test('one that has expired, is not valid yet or is for other hosts', async (t) => {
  const problems = {
    expired: /shows a certificate that has expired\. Renew it there; insecure_skip_verify/,
    future: /shows a certificate that is not valid yet\. Check the clocks/,
    elsewhere:
      /shows a certificate for box\.example, www\.box\.example, not for 127\.0\.0\.1\. Use a name of the certificate in url/,
  };
  for (const name of ['expired', 'future', 'elsewhere'] as const) {
    const { apiBase } = await serveFixture(t, llamaCpp, name);
    await t.rejects(ask(`${apiBase}/props`, authority), { code: 'tls_failed', message: problems[name] }, name);
  }
});

t.test('https to a port that speaks plain HTTP, at once or after a word', async (t) => {
  const talkative = net.createServer((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  for (const server of [http.createServer((_, response) => response.end('ok')), talkative]) {
    const { port } = await listening(t, server);
    await t.rejects(ask(`https://127.0.0.1:${port}/`), {
      code: 'tls_failed',
      message: `https://127.0.0.1:${port} does not speak TLS on this port. If it speaks plain HTTP, write http:// in url.`,
    });
  }
});

t.test('a server that wants a certificate of ours', async (t) => {
  const server = https.createServer(
    { ...serverCertificate('signed'), ca: certificatePem('authority'), requestCert: true },
    (_, response) => response.end('ok'),
  );
  server.on('tlsClientError', () => undefined);
  const { port } = await listening(t, server);
  await t.rejects(ask(`https://127.0.0.1:${port}/`, authority), {
    code: 'tls_failed',
    message:
      /agree on no TLS connection: .*certificate required\. It asks for a client certificate, and typhon has none\.$/,
  });
});

t.test('what has nothing to do with TLS is left to others', async (t) => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  t.equal(tlsError('https://127.0.0.1:1', refused, undefined), undefined);
  const selfSigned = Object.assign(new Error('self-signed certificate'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  t.equal(tlsError('http://127.0.0.1:1', selfSigned, undefined), undefined);
  const unnamed = Object.assign(new Error('no names'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  t.match(tlsError('https://box', unnamed, undefined)?.message, /certificate for other names, not for box/);
});
