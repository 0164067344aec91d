import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { LiveConfig } from '../../src/agent/live-config.js';
import { TokenFileError } from '../../src/api/access/access-rules.js';
import { loadConfigFile } from '../../src/config/load.js';
import type { Logger } from '../../src/logger.js';

async function opened(t: Test, document: object, files: Readonly<Record<string, string>> = {}) {
  const file = join(t.testdir(files), 'typhon.yaml');
  // Read as YAML, of which JSON is a part.
  const write = (next: object) => writeFileSync(file, JSON.stringify(next));
  write(document);
  const warned: object[] = [];
  const logger = { warn: (facts: object) => void warned.push(facts) } as Partial<Logger> as Logger;
  const loadConfig = () => loadConfigFile(file, {});
  const live = await LiveConfig.open({ config: await loadConfig(), loadConfig, hostName: 'Rack-1', logger });
  return { live, write, warned };
}

t.test('a reload replaces the configuration and the rules, and names what waits for the next start', async (t) => {
  const { live, write, warned } = await opened(t, { web: { listen_address: '127.0.0.1:9099' } });
  t.match(live.rules, { token: undefined, protect: 'changes', loopbackOnly: true, hostNames: ['rack-1'] });
  write({ web: { listen_address: ':9098', allowed_hosts: ['gpu.lan'] }, storage: { path: '/elsewhere' } });
  await live.reload();
  t.equal(live.current.storage.path, '/elsewhere');
  t.match(live.rules, { loopbackOnly: true, hostNames: ['rack-1', 'gpu.lan'] }, 'it listens where it did');
  t.same(warned, [{ setting: 'web.listen_address' }, { setting: 'storage.path' }]);
});

t.test('what cannot be read leaves both as they were', async (t) => {
  const { live, write } = await opened(t, {});
  const before = { config: live.current, rules: live.rules };
  write({ web: { listen_address: 'no address at all' } });
  await t.rejects(live.reload(), { code: 'config_invalid' });
  write({ web: { auth: { bearer_token_file: join(t.testdirName, 'missing') } } });
  await t.rejects(live.reload(), TokenFileError);
  t.same({ config: live.current, rules: live.rules }, before);
});

t.test('warns of a door that is open to the network, and of no other', async (t) => {
  const home = await opened(t, { web: { listen_address: 'localhost:9099' } });
  home.live.warnOfOpenDoor();
  t.same(home.warned, []);
  const everywhere = await opened(t, { web: { listen_address: ':9099' } });
  everywhere.live.warnOfOpenDoor();
  t.same(everywhere.warned, [{ host: 'every interface' }]);
  const guarded = await opened(t, { web: { listen_address: ':9099', auth: { bearer_token: 'secret' } } });
  guarded.live.warnOfOpenDoor();
  t.same(guarded.warned, []);
});

// Of the word `sesame`.
const HASH = '$2b$04$akoW1ebvszF4iSw9MHJFmO1vH15chiMJ5XNCqCRrp6w6.p0L5crt6';

t.test('the web configuration is read anew by a reload, and a bad one leaves everything as it was', async (t) => {
  const web = join(t.testdirName, 'web.yml');
  const document = { web: { listen_address: ':9099', config_file: web } };
  const { live, write, warned } = await opened(t, document, { 'web.yml': `basic_auth_users: { ada: ${HASH} }\n` });
  live.warnOfOpenDoor();
  t.same(warned, []);
  const login = `Basic ${Buffer.from('ada:sesame').toString('base64')}`;
  t.equal(await live.rules.passwords?.check(login), 'right');
  writeFileSync(web, 'basic_auth_users: { ada: sesame }\n');
  await t.rejects(live.reload(), { code: 'config_invalid', message: /basic_auth_users\.ada \(line 1\)/ });
  t.equal(await live.rules.passwords?.check(login), 'right', 'the old one stays');
  writeFileSync(web, 'http_server_config: { headers: { X-Frame-Options: deny } }\n');
  await live.reload();
  t.equal(live.rules.passwords, undefined);
  t.same(live.web.headers, { 'X-Frame-Options': 'deny' });
  write({ web: { config_file: join(web, 'missing') } });
  await t.rejects(live.reload(), { code: 'config_unreadable', message: /--web\.config\.file/ });
});
