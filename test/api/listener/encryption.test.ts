import { once } from 'node:events';
import { copyFileSync, renameSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type ConnectionOptions, connect as connectEncrypted, type TLSSocket } from 'node:tls';
import t, { type Test } from 'tap';
import { WebSocket } from 'ws';
import { loadWebConfig, type WebConfig } from '../../../src/config/web-config.js';
import { type ApiBenchOptions, apiBench } from '../../fixtures/api-bench.js';
import { DONE } from '../../fixtures/job-bench.js';
import { temporaryFolder } from '../../fixtures/temporary-folder.js';
import { certificateFile, certificatePem, serverCertificate } from '../../fixtures/tls/certificate.js';

const ca = certificatePem('authority');
const KEY_FILE = certificateFile('signed').replace('signed.pem', 'server-key.pem');

/** An agent's listener with TLS as the file says, in a folder where its certificates can be replaced. */
async function encrypted(t: Test, more = '', options: ApiBenchOptions = {}) {
  const folder = await temporaryFolder(t);
  const at = (name: string) => join(folder, name);
  copyFileSync(certificateFile('signed'), at('server.pem'));
  copyFileSync(certificateFile('authority'), at('ca.pem'));
  copyFileSync(KEY_FILE, at('key.pem'));
  const file = at('web.yml');
  const head = 'tls_server_config:\n  cert_file: server.pem\n  key_file: key.pem\n';
  const write = (text: string) => writeFileSync(file, head + text);
  write(more);
  const live: { config: WebConfig } = { config: await loadWebConfig(file) };
  const bench = await apiBench(t, { ...options, web: () => live.config });
  const reload = async (text: string) => {
    write(text);
    live.config = await loadWebConfig(file);
  };
  const answer = (path: string, how: https.RequestOptions = {}) => asked(bench.port, path, how);
  return { ...bench, at, reload, answer };
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
  /** Of the server's certificate. */
  readonly subject: string | undefined;
}

function asked(port: number, path: string, how: https.RequestOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, ca, agent: false, ...how };
    const request = https.request(options, (response) => {
      const subject = (response.socket as TLSSocket).getPeerX509Certificate()?.subjectAltName;
      let body = '';
      response.setEncoding('utf8').on('data', (part) => {
        body += part;
      });
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body, subject }));
    });
    request.on('error', reject).end();
  });
}

t.test('everything is answered over TLS, and nothing without it', async (t) => {
  const { url, port, answer } = await encrypted(t);
  t.match(url, /^https:\/\/127\.0\.0\.1:\d+$/);
  for (const path of ['/', '/metrics', '/health', '/-/healthy', '/-/ready', '/openapi.json', '/jobs']) {
    t.equal((await answer(path)).status, 200, path);
  }
  await t.rejects(fetch(`http://127.0.0.1:${port}/health`));
});

t.test("a job's log comes over an encrypted socket", async (t) => {
  const { port, queue, begin, answer } = await encrypted(
    t,
    'http_server_config: { headers: { X-Frame-Options: deny } }\n',
  );
  const { job_id } = await queue.submit({ mode: 'quick', trigger: 'api' }, 'reject');
  const socket = new WebSocket(`wss://127.0.0.1:${port}/jobs/${job_id}/ws`, { ca });
  const [upgrade] = await once(socket, 'upgrade');
  t.equal(upgrade.headers['x-frame-options'], 'deny');
  (await begin(0)).end(DONE);
  t.equal((await once(socket, 'close'))[0], 1000);
  t.equal((await answer('/nowhere')).headers['x-frame-options'], 'deny', 'and on every other answer');
});

t.test('an offer to speak another protocol is ignored', async (t) => {
  const { answer } = await encrypted(t);
  const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABk' };
  t.equal((await answer('/health', { headers })).status, 200);
});

t.test('a renewed certificate is shown to the next client, a broken one to none', async (t) => {
  const { at, answer, logged } = await encrypted(t);
  t.match((await answer('/health')).subject, 'DNS:localhost');
  const { cert } = serverCertificate('self-signed');
  writeFileSync(at('next.pem'), cert);
  renameSync(at('next.pem'), at('server.pem'));
  t.equal((await answer('/health', { ca: cert })).status, 200);
  await t.rejects(answer('/health'), /self-signed/);
  writeFileSync(at('server.pem'), 'no certificate');
  t.equal((await answer('/health', { ca: cert })).status, 200, 'the old one stays');
  t.equal((await answer('/health', { ca: cert })).status, 200);
  t.equal(logged.filter(({ msg }) => String(msg).includes('the old one stays')).length, 1, 'told once');
  copyFileSync(certificateFile('signed'), at('server.pem'));
  t.equal((await answer('/health')).status, 200);
});

t.test('versions: below and above those of the file nobody is served; a reload changes them', async (t) => {
  const { answer, reload } = await encrypted(t);
  const upTo12 = { maxVersion: 'TLSv1.2' } as const;
  t.equal((await answer('/health', upTo12)).status, 200);
  await reload('  min_version: TLS13\n');
  await t.rejects(answer('/health', upTo12));
  t.equal((await answer('/health')).status, 200);
  await reload('  max_version: TLS12\n');
  await t.rejects(answer('/health', { minVersion: 'TLSv1.3' }));
  t.equal((await answer('/health')).status, 200);
  await reload('  min_version: TLS11\n  max_version: TLS11\n');
  const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
  t.equal((await answer('/health', old)).status, 200);
});

const known: ConnectionOptions = serverCertificate('signed');
const stranger: ConnectionOptions = serverCertificate('self-signed');
const CA = '  client_ca_file: ca.pem\n';

t.test('certificates of clients, by the policies of the exporters', async (t) => {
  const policies: Readonly<Record<string, { none: boolean; stranger: boolean; known: boolean }>> = {
    NoClientCert: { none: true, stranger: true, known: true },
    RequestClientCert: { none: true, stranger: true, known: true },
    RequireAnyClientCert: { none: false, stranger: true, known: true },
    RequireClientCert: { none: false, stranger: true, known: true },
    VerifyClientCertIfGiven: { none: true, stranger: false, known: true },
    RequireAndVerifyClientCert: { none: false, stranger: false, known: true },
  };
  for (const [policy, passes] of Object.entries(policies)) {
    const file = `  client_auth_type: ${policy}\n${policy === 'NoClientCert' ? '' : CA}`;
    const { answer } = await encrypted(t, file);
    for (const [who, certificate] of Object.entries({ none: {}, stranger, known })) {
      const passed = await answer('/health', certificate).then(
        ({ status }) => status === 200,
        () => false,
      );
      t.equal(passed, passes[who as keyof typeof passes], `${policy}: ${who}`);
    }
  }
});

t.test('of those that are vouched for, only the names that are allowed', async (t) => {
  const policy = `  client_auth_type: RequireAndVerifyClientCert\n${CA}`;
  const { answer, reload } = await encrypted(t, `${policy}  client_allowed_sans: [box.example]\n`);
  await t.rejects(answer('/health', known));
  await reload(`${policy}  client_allowed_sans: [nobody.example, 127.0.0.1]\n`);
  t.equal((await answer('/health', known)).status, 200);
  await reload('');
  await t.rejects(answer('/health'), 'to ask for none is for the next start');
});

t.test('clients that agree on no key give way, and hold up no end', async (t) => {
  const { port, answer, web } = await encrypted(t, '', { places: { forEverybody: 4, reserved: 1 } });
  const silent = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  await Promise.all(silent.map((socket) => once(socket, 'connect')));
  const gone = once(silent[0] as (typeof silent)[number], 'close');
  t.equal((await answer('/metrics')).status, 200);
  await gone;
  t.equal((await answer('/health')).status, 200);
  const idle = connectEncrypted({ host: '127.0.0.1', port, ca, servername: 'localhost' });
  await once(idle, 'secureConnect');
  idle.on('error', () => undefined);
  await web.close();
  if (!idle.destroyed) await once(idle, 'close');
  t.ok(idle.destroyed);
});

t.test('where all are at work those who watch the agent still get in', async (t) => {
  const { port, queue, begin, answer } = await encrypted(t, '', { places: { forEverybody: 1, reserved: 1 } });
  const { job_id } = await queue.submit({ mode: 'quick', trigger: 'api' }, 'reject');
  const { end } = await begin(0);
  const follower = connectEncrypted({ host: '127.0.0.1', port, ca, servername: 'localhost' });
  follower.write(`GET /jobs/${job_id}/logs?follow=true HTTP/1.1\r\nhost: localhost\r\n\r\n`);
  await once(follower, 'data');
  t.equal((await answer('/metrics')).status, 200);
  t.equal((await answer('/jobs')).status, 503);
  end(DONE);
  follower.destroy();
});
