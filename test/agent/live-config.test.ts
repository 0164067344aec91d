import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { LiveConfig } from '../../src/agent/live-config.js';
import { TokenFileError } from '../../src/api/access/access-rules.js';
import { loadConfigFile } from '../../src/config/load.js';
import type { Logger } from '../../src/logger.js';

async function opened(t: Test, document: object) {
  const file = join(t.testdir({}), 'typhon.yaml');
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
  t.same(live.rules, { token: undefined, protect: 'changes', loopbackOnly: true, hostNames: ['rack-1'] });
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
