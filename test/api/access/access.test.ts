import t from 'tap';
import { type AccessRules, refusalOf } from '../../../src/api/access/access.js';
import { apiBench, ask } from '../../fixtures/api-bench.js';

const loopback: AccessRules = { token: undefined, protect: 'changes', loopbackOnly: true, hostNames: ['studio'] };
const open: AccessRules = { ...loopback, loopbackOnly: false };

t.test('on loopback only loopback names and configured ones are answered', async (t) => {
  const status = async (host: string) => (await refusalOf({ headers: { host }, changes: false }, loopback))?.status;
  for (const host of [
    '127.0.0.1:8000',
    'localhost:8000',
    'LOCALHOST',
    '[::1]:8000',
    '127.1.2.3',
    'a.localhost:80',
    'studio:8000',
  ]) {
    t.equal(await status(host), undefined, host);
  }
  for (const host of [
    'evil.example:8000',
    '192.168.1.5:8000',
    '',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '[::2]',
  ]) {
    t.equal(await status(host), 403, host);
  }
});

t.test('a web page elsewhere cannot start anything, whatever name it has found for the loopback', async (t) => {
  const { port, begun, store } = await apiBench(t);
  const attempts = [
    { host: `evil.example:${port}`, origin: `http://evil.example:${port}` },
    { host: `evil.example:${port}` },
    { host: `127.0.0.1:${port}`, origin: 'http://evil.example' },
    { host: `127.0.0.1:${port}`, origin: 'null' },
    { host: `127.0.0.1:${port}`, origin: `http://127.0.0.1:${port + 1}` },
    { host: `127.0.0.1:${port}`, origin: `http://localhost:${port}` },
    { host: `127.0.0.1:${port}`, 'sec-fetch-site': 'cross-site' },
  ];
  for (const headers of attempts) {
    const { status, body } = await ask(port, { method: 'POST', path: '/jobs/run', headers });
    t.equal(status, 403, JSON.stringify(headers));
    t.type(JSON.parse(body).detail, 'string');
  }
  t.same(store.page({ limit: 1 }), []);
  t.equal(begun.length, 0);
  const own = { host: `127.0.0.1:${port}`, origin: `http://127.0.0.1:${port}`, 'sec-fetch-site': 'same-origin' };
  t.equal(
    (await ask(port, { method: 'POST', path: '/jobs/run', headers: own })).status,
    202,
    "the agent's own page may",
  );
});

t.test('beyond loopback: Prometheus by any name, a browser by ours alone', async (t) => {
  const status = async (headers: Record<string, string>, changes = false) =>
    (await refusalOf({ headers, changes }, open))?.status;
  t.equal(await status({ host: 'typhon:8000' }), undefined);
  t.equal(await status({ host: 'typhon:8000' }, true), undefined, 'curl in a compose network');
  t.equal(await status({ host: '192.168.1.5:8000', origin: 'http://192.168.1.5:8000' }, true), undefined);
  t.equal(await status({ host: 'studio:8000', origin: 'http://studio:8000' }, true), undefined);
  t.equal(await status({ host: 'evil.example:8000', origin: 'http://evil.example:8000' }, true), 403, 'DNS rebinding');
  t.equal(await status({ host: 'evil.example:8000', 'sec-fetch-site': 'same-origin' }, true), 403);
  t.equal(await status({ host: '192.168.1.5:8000', 'sec-fetch-site': 'cross-site' }, true), 403);
  t.equal(await status({ host: 'evil.example:8000', 'sec-fetch-site': 'same-origin' }), 403, 'not to read either');
  t.equal(await status({ host: 'evil.example:8000' }), undefined, 'a scraper may have any name for it');
  for (const host of ['typhon', 'box.lan', 'box.local', 'box.home.arpa', 'a.b.internal', 'studio.localdomain']) {
    t.equal(
      await status({ host: `${host}:8000`, 'sec-fetch-site': 'none' }),
      undefined,
      `${host} is nobody's elsewhere`,
    );
  }
});

t.test('a token is asked for where something changes', async (t) => {
  const { port, begun } = await apiBench(t, { rules: { token: 'open-sesame' } });
  const run = (headers: Record<string, string>) => ask(port, { method: 'POST', path: '/jobs/run', headers });
  for (const headers of [
    {},
    { authorization: 'Bearer wrong' },
    { authorization: 'Basic open-sesame' },
    { authorization: 'Bearer open-sesamee' },
    { authorization: 'open-sesame' },
  ]) {
    const { status, headers: answered, body } = await run(headers);
    t.equal(status, 401, JSON.stringify(headers));
    t.match(answered['www-authenticate'], 'Bearer');
    t.notMatch(body, 'open-sesame');
  }
  t.equal((await ask(port, { path: '/jobs' })).status, 200, 'reading needs none');
  t.equal(begun.length, 0);
  t.equal((await run({ authorization: 'bearer open-sesame' })).status, 202);
});

t.test('or wherever anything is asked', async (t) => {
  const { port } = await apiBench(t, { rules: { token: 'open-sesame', protect: 'all' } });
  for (const path of ['/', '/health', '/jobs', '/openapi.json', '/nowhere']) {
    t.equal((await ask(port, { path })).status, 401, path);
  }
  t.equal((await ask(port, { path: '/jobs', headers: { authorization: 'Bearer open-sesame' } })).status, 200);
});

t.test("a socket's token comes as a subprotocol, as base64url", async (t) => {
  const rules: AccessRules = { ...loopback, token: 'schlüssel/+=', protect: 'all' };
  const encoded = Buffer.from('schlüssel/+=').toString('base64url');
  const status = async (protocol: string) =>
    (await refusalOf({ headers: { host: 'localhost', 'sec-websocket-protocol': protocol }, changes: false }, rules))
      ?.status;
  t.equal(await status(`typhon.bearer.${encoded}`), undefined);
  t.equal(await status(`chat, typhon.bearer.${encoded}`), undefined);
  t.equal(await status('typhon.bearer.d3Jvbmc'), 401);
  t.equal(await status('chat'), 401);
});

t.test('where users have passwords everything asks for one, and the token does as well', async (t) => {
  let checks = 0;
  const passwords = {
    check: async (given: string | undefined) => {
      checks += 1;
      if (given === undefined || !given.startsWith('Basic ')) return 'none' as const;
      return given === 'Basic right' ? ('right' as const) : ('wrong' as const);
    },
  };
  const { port } = await apiBench(t, { rules: { passwords, token: 'open-sesame' } });
  for (const path of ['/', '/health', '/-/healthy', '/-/ready', '/metrics', '/jobs', '/openapi.json', '/nowhere']) {
    const { status, headers } = await ask(port, { path });
    t.equal(status, 401, path);
    t.equal(headers['www-authenticate'], 'Basic realm="typhon", charset="UTF-8", Bearer realm="typhon"', path);
  }
  const asked = async (authorization: string, method = 'GET', path = '/jobs') =>
    (await ask(port, { method, path, headers: { authorization } })).status;
  t.equal(await asked('Basic right'), 200);
  t.equal(await asked('Basic right', 'POST', '/-/reload'), 200, 'who has a password may do everything');
  t.equal(await asked('Basic wrong'), 401);
  const before = checks;
  t.equal(await asked('Bearer open-sesame'), 200);
  t.equal(await asked('Bearer guess'), 401);
  t.equal(checks, before, 'a token is compared with the token alone');
  const stranger = { host: 'evil.example', authorization: 'Basic right' };
  t.equal((await ask(port, { path: '/jobs', headers: stranger })).status, 403);
  t.equal(checks, before, 'a page elsewhere costs no comparison');
});

t.test('so many passwords at once that one is not looked at', async (t) => {
  const { port } = await apiBench(t, { rules: { passwords: { check: async () => 'later' } } });
  t.match(await ask(port, { path: '/jobs' }), { status: 429, headers: { 'retry-after': '1' }, body: /try again/ });
});
