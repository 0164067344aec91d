import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { WebSocket } from 'ws';
import { startPrometheus } from '../fixtures/prometheus-server.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { certificateFile } from '../fixtures/tls/certificate.js';
import { startTyphon, until } from '../fixtures/typhon-process.js';

const run = promisify(execFile);
const CA = certificateFile('authority');
// Of the word `sesame`, with the cost that most tools use.
const HASH = '$2y$10$4F3c6iXA6LwnA2hqW/Zj.eoBjDMus.IMNK2FyPfdnsofvxTA7dMcy';
const OTHER_HASH = '$2b$04$mNgWgCoG1KZmfavlK7YvmeHFGHqFTOl6vkj0lEYxDfhuAC7Ty84T6';
const LOGIN = `Basic ${Buffer.from('ada:sesame').toString('base64')}`;

/** An agent with a certificate and one user, in a folder of its own. */
async function guarded(t: Test) {
  const folder = await temporaryFolder(t);
  const at = (name: string) => join(folder, name);
  copyFileSync(certificateFile('signed'), at('server.pem'));
  copyFileSync(certificateFile('signed').replace('signed.pem', 'server-key.pem'), at('key.pem'));
  const write = (hash: string) =>
    writeFileSync(
      at('web.yml'),
      `tls_server_config: { cert_file: server.pem, key_file: key.pem }\nbasic_auth_users: { ada: ${hash} }\n`,
    );
  write(HASH);
  const flags = [
    '--storage.path',
    at('data'),
    '--web.listen-address',
    '127.0.0.1:0',
    '--web.config.file',
    at('web.yml'),
  ];
  const typhon = startTyphon(t, flags);
  const [, url = ''] = await typhon.written(/"url":"(https:[^"]+)"/);
  return { url, typhon, at, write };
}

/** The status that curl gets. */
async function curl(...args: string[]): Promise<string> {
  const { stdout } = await run('curl', ['--silent', '--output', '/dev/null', '--write-out', '%{http_code}', ...args]);
  return stdout;
}

t.test('curl and a WebSocket, with the password and without it', async (t) => {
  const { url, typhon, write } = await guarded(t);
  for (const path of ['/', '/metrics', '/openapi.json', '/health', '/-/healthy', '/-/ready', '/jobs']) {
    t.equal(await curl('--cacert', CA, '--user', 'ada:sesame', `${url}${path}`), '200', path);
    t.equal(await curl('--cacert', CA, `${url}${path}`), '401', `${path} without a password`);
  }
  t.equal(await curl('--cacert', CA, '--user', 'ada:sesam', `${url}/metrics`), '401');
  t.equal(await curl('--cacert', CA, '--http2', '--user', 'ada:sesame', `${url}/health`), '200');
  t.equal(await curl('--cacert', CA, '--tls-max', '1.2', '--user', 'ada:sesame', `${url}/health`), '200');
  await t.rejects(curl('--user', 'ada:sesame', `${url}/health`), { code: 60 }, 'an authority that curl does not know');
  const { readFileSync } = await import('node:fs');
  const ca = readFileSync(CA);
  const socket = (headers: Record<string, string>) =>
    new WebSocket(`${url.replace('https', 'wss')}/jobs/ffffffff/ws`, { ca, headers });
  t.equal((await once(socket({ authorization: LOGIN }), 'close'))[0], 4004, 'no such job');
  t.match((await once(socket({}), 'error'))[0], /401/);

  write('sesame');
  typhon.kill('SIGHUP');
  await typhon.written(/was not reloaded[^\n]*|[^\n]*web\.yml: basic_auth_users\.ada[^\n]*/);
  t.equal(await curl('--cacert', CA, '--user', 'ada:sesame', `${url}/health`), '200', 'a bad file changes nothing');
  write(OTHER_HASH);
  t.equal(await curl('--cacert', CA, '--user', 'ada:sesame', '--request', 'POST', `${url}/-/reload`), '200');
  t.equal(await curl('--cacert', CA, '--user', 'ada:sesame', `${url}/health`), '401');
  t.equal(await curl('--cacert', CA, '--user', 'ada:open', `${url}/health`), '200');
  typhon.kill('SIGTERM');
  const { code, stderr } = await typhon.ended();
  t.equal(code, 0);
  t.notMatch(stderr, /sesame|\$2[aby]\$/, 'neither a password nor a hash is logged');
});

t.test('Prometheus scrapes over TLS with a password', async (t) => {
  const { url, at } = await guarded(t);
  const config = (password: string) => ({
    global: { scrape_interval: '1s' },
    scrape_configs: [
      {
        job_name: 'typhon',
        scheme: 'https',
        tls_config: { ca_file: CA },
        basic_auth: { username: 'ada', password },
        static_configs: [{ targets: [new URL(url).host] }],
      },
    ],
  });
  const right = await startPrometheus(t, { folder: at('right'), config: config('sesame') });
  await until(async () => (await right.value('up{job="typhon"}')) === 1);
  t.ok(await until(async () => (await right.query('typhon_build_info')).length === 1));
  const wrong = await startPrometheus(t, { folder: at('wrong'), config: config('sesam') });
  t.equal(await until(async () => ((await wrong.value('up{job="typhon"}')) === 0 ? 'down' : undefined)), 'down');
});

t.test('a file that cannot be used ends the start with where, what was expected and what was got', async (t) => {
  const storage = t.testdir({ 'web.yml': 'tls_server_config:\n  cert_file: gone.pem\n  key_file: gone.pem\n' });
  const start = (file: string) =>
    startTyphon(t, [
      '--storage.path',
      storage,
      '--web.listen-address',
      '127.0.0.1:0',
      '--web.config.file',
      file,
    ]).ended();
  const bad = await start(join(storage, 'web.yml'));
  t.equal(bad.code, 2);
  t.match(
    bad.stderr,
    /web\.yml: tls_server_config\.cert_file \(line 2\): expected a readable file at .*gone\.pem, got /,
  );
  const gone = await start('/nowhere/web.yml');
  t.equal(gone.code, 2);
  t.match(gone.stderr, /--web\.config\.file: expected a readable file at \/nowhere\/web\.yml, got /);
});
