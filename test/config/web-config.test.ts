import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { loadWebConfig } from '../../src/config/web-config.js';
import { NONE } from '../fixtures/none.js';
import { certificateFile } from '../fixtures/tls/certificate.js';

const HASH = '$2b$04$akoW1ebvszF4iSw9MHJFmO1vH15chiMJ5XNCqCRrp6w6.p0L5crt6';
const KEY_FILE = certificateFile('signed').replace('signed.pem', 'server-key.pem');
const TLS = 'tls_server_config:\n  cert_file: server.pem\n  key_file: key.pem\n';

/** A folder with the web configuration and what it names beside it. */
function written(t: Test, text: string): string {
  const folder = t.testdir({ 'web.yml': text, 'empty.pem': '', 'broken.pem': 'no PEM' });
  copyFileSync(certificateFile('signed'), join(folder, 'server.pem'));
  copyFileSync(certificateFile('authority'), join(folder, 'ca.pem'));
  copyFileSync(KEY_FILE, join(folder, 'key.pem'));
  return join(folder, 'web.yml');
}

t.test('all that the exporters know', async (t) => {
  const file = written(
    t,
    `${TLS}  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.pem
  client_allowed_sans: [localhost]
  min_version: TLS13
  max_version: TLS13
  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_AES_128_GCM_SHA256]
  prefer_server_cipher_suites: false
  curve_preferences: [CurveP256, X25519]
http_server_config:
  http2: true
  headers:
    Content-Security-Policy: "default-src 'self'"
    X-Frame-Options: deny
    X-Content-Type-Options: nosniff
    X-XSS-Protection: ''
    Strict-Transport-Security: max-age=31536000
basic_auth_users:
  ada: ${HASH}
`,
  );
  const { tls, headers, users } = await loadWebConfig(file);
  const folder = t.testdirName;
  t.same(tls, {
    cert: { file: join(folder, 'server.pem') },
    key: { file: join(folder, 'key.pem') },
    clientCa: { file: join(folder, 'ca.pem') },
    clientAuth: 'RequireAndVerifyClientCert',
    clientAllowedSans: ['localhost'],
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    cipherSuites: ['ECDHE-RSA-AES128-GCM-SHA256', 'TLS_AES_128_GCM_SHA256'],
    honorCipherOrder: false,
    curves: ['P-256', 'X25519'],
  });
  t.same(headers, {
    'Content-Security-Policy': "default-src 'self'",
    'Strict-Transport-Security': 'max-age=31536000',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'deny',
  });
  t.same([...users], [['ada', HASH]]);
});

t.test('what is left out has the defaults of the exporters', async (t) => {
  t.same(await loadWebConfig(written(t, '')), { tls: undefined, headers: {}, users: new Map() });
  t.match((await loadWebConfig(written(t, TLS))).tls, {
    clientCa: undefined,
    clientAuth: 'NoClientCert',
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    cipherSuites: NONE,
    honorCipherOrder: true,
  });
  t.match(await loadWebConfig(written(t, 'basic_auth_users:\n')), { users: new Map() });
});

t.test('certificate and key may stand in the file itself', async (t) => {
  const { readFileSync } = await import('node:fs');
  const inline = { cert: readFileSync(certificateFile('signed'), 'utf8'), key: readFileSync(KEY_FILE, 'utf8') };
  // JSON is YAML.
  const { tls } = await loadWebConfig(written(t, JSON.stringify({ tls_server_config: inline })));
  t.match(tls, { cert: { text: inline.cert }, key: { text: inline.key } });
});

t.test('a bad file: where, what was expected, what was got', async (t) => {
  const wrong: Readonly<Record<string, RegExp>> = {
    'tls: 1\n': /web\.yml: tls \(line 1\): expected one of the keys tls_server_config, .* got the unknown key tls/,
    'a: [\n': /web\.yml \(line \d\): expected valid YAML/,
    '[]\n': /web\.yml \(line 1\): expected a mapping, got a list of 0/,
    'tls_server_config:\n  cert_file: server.pem\n':
      /tls_server_config\.key_file \(line 1\): expected the path of the certificate's key, got nothing/,
    'tls_server_config:\n  cert_file: gone.pem\n  key_file: key.pem\n':
      /tls_server_config\.cert_file \(line 2\): expected a readable file at \/.*gone\.pem, got ENOENT/,
    'tls_server_config:\n  cert_file: empty.pem\n  key_file: key.pem\n':
      /cert_file \(line 2\): expected certificates in PEM form, got none/,
    'tls_server_config:\n  cert_file: server.pem\n  key_file: broken.pem\n':
      /key_file \(line 3\): expected a private key in PEM form without a passphrase, got something that is none/,
    'tls_server_config:\n  cert_file: ca.pem\n  key_file: key.pem\n':
      /key_file \(line 3\): expected the key of the certificate, got the key of another one/,
    [`${TLS}  cert: x\n`]: /tls_server_config\.cert \(line 4\): expected either cert or cert_file, got "x"/,
    [`${TLS}  client_ca_file: ca.pem\n`]: /client_auth_type \(line 1\): expected RequireAndVerifyClientCert where/,
    [`${TLS}  client_allowed_sans: [a]\n`]: /client_auth_type \(line 1\): expected RequireAndVerifyClientCert where/,
    [`${TLS}  client_auth_type: RequestClientCert\n  client_ca_file: broken.pem\n`]:
      /client_ca_file \(line 5\): expected certificates in PEM form, got none/,
    [`${TLS}  client_auth_type: Always\n`]:
      /client_auth_type \(line 4\): expected one of NoClientCert, .* got "Always"/,
    [`${TLS}  min_version: TLS13\n  max_version: TLS12\n`]:
      /min_version \(line 4\): expected at most the max_version, TLS12, got "TLS13"/,
    [`${TLS}  min_version: SSL3\n`]: /min_version \(line 4\): expected one of TLS10, TLS11, TLS12, TLS13, got "SSL3"/,
    [`${TLS}  cipher_suites: [RC4]\n`]: /cipher_suites\[0\] \(line 4\): expected one of TLS_AES_128_GCM_SHA256, /,
    [`${TLS}  curve_preferences: [secp112]\n`]: /curve_preferences\[0\] \(line 4\): expected one of X25519, /,
    'http_server_config:\n  headers:\n    Server: x\n': /headers\.Server \(line 3\): expected one of the keys Content-/,
    'http_server_config:\n  headers:\n    X-Frame-Options: allow\n':
      /X-Frame-Options \(line 3\): expected one of deny, sameorigin, , got "allow"/,
    'http_server_config:\n  headers:\n    X-XSS-Protection: "1\\r\\nSet-Cookie: a"\n':
      /X-XSS-Protection \(line 3\): expected visible ASCII characters and spaces/,
    'basic_auth_users:\n  a:b: x\n': /web\.yml: .*line 2/,
    'rate_limit: {}\n': /expected one of the keys .* got the unknown key rate_limit/,
  };
  for (const [text, message] of Object.entries(wrong)) {
    await t.rejects(loadWebConfig(written(t, text)), { code: 'config_invalid', exitCode: 2, message }, text);
  }
  const everything = 'basic_auth_users:\n  ada: 1\n  joan: 2\nhttp_server_config:\n  http2: 1\n';
  const error = await loadWebConfig(written(t, everything)).catch((caught: unknown) => caught);
  t.equal(String(error).split('\n').length, 3, 'every problem at once');
  await t.rejects(loadWebConfig('/nowhere/web.yml'), {
    code: 'config_unreadable',
    message: /^--web\.config\.file: expected a readable file at \/nowhere\/web\.yml, got no such file$/,
  });
});

t.test('a password in place of its hash is not shown, nor a hash that takes minutes', async (t) => {
  for (const value of ['hunter2', HASH.replace('$04$', '$15$'), HASH.slice(0, -1)]) {
    const error = await loadWebConfig(written(t, `basic_auth_users:\n  ada: ${value}\n`)).catch(String);
    t.match(error, /basic_auth_users\.ada \(line 2\): expected a bcrypt hash .* got a string \(not shown\)/);
    t.notMatch(error, value);
  }
  const error = await loadWebConfig(written(t, `tls_server_config:\n  cert_file: a\n  key: [hunter2]\n`)).catch(String);
  t.match(error, /tls_server_config\.key \(line 3\): expected text/);
  t.notMatch(error, 'hunter2');
});

t.test('a dollar before a brace is no variable here', async (t) => {
  const policy = 'x ${NAME} $$y';
  const file = written(t, `http_server_config:\n  headers:\n    Content-Security-Policy: '${policy}'\n`);
  t.equal((await loadWebConfig(file)).headers['Content-Security-Policy'], policy);
});
