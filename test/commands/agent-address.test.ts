import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { takeLock } from '../../src/chronicle/lock.js';
import { agentAddress, configuredAgent } from '../../src/commands/agent-address.js';
import { loadConfig } from '../../src/config/load.js';
import { certificateFile } from '../fixtures/tls/certificate.js';

async function place(t: Test, yaml: string) {
  const directory = t.testdir({ 'typhon.yaml': yaml });
  const configFile = join(directory, 'typhon.yaml');
  const { config } = await loadConfig({ overrides: { configFile }, environment: {}, directory });
  const paths = { agentLock: join(directory, 'agent.lock') };
  const run = async () => {
    const lock = await takeLock({ path: paths.agentLock, purpose: "typhon's agent", now: () => new Date() });
    if (lock.held) throw new Error('expected a free lock');
    t.teardown(lock.release);
  };
  return { directory, config, paths, run };
}

t.test('an agent is where the configuration has it listen, once it works in the storage', async (t) => {
  const { config, paths, run } = await place(t, 'web: { listen_address: "127.0.0.1:9100" }');
  t.equal(await agentAddress({ url: undefined, config, paths }), undefined);
  await run();
  t.same(await agentAddress({ url: undefined, config, paths }), { url: 'http://127.0.0.1:9100', token: undefined });
});

t.test('one that listens everywhere is reached on this machine', async (t) => {
  for (const [listens, url] of [
    ['0.0.0.0:9100', 'http://127.0.0.1:9100'],
    [':9100', 'http://127.0.0.1:9100'],
    ['[::]:9100', 'http://[::1]:9100'],
    ['[::1]:9100', 'http://[::1]:9100'],
    ['studio:9100', 'http://studio:9100'],
  ] as const) {
    const { config, paths, run } = await place(t, `web: { listen_address: "${listens}" }`);
    await run();
    t.match(await agentAddress({ url: undefined, config, paths }), { url }, listens);
  }
});

t.test('one that is named needs no lock, and has the token of the configuration', async (t) => {
  const { directory, config, paths } = await place(t, 'web: { auth: { bearer_token_file: token } }');
  const token = join(directory, 'token');
  writeFileSync(token, 'secret\n');
  const web = { ...config.web, auth: { bearerToken: { source: 'file', path: token }, protect: 'all' } } as const;
  const found = await agentAddress({ url: 'studio:8000', config: { web }, paths });
  t.same(found, { url: 'http://studio:8000', token: 'secret' });
  await t.rejects(agentAddress({ url: 'ftp://studio', config: { web }, paths }), { code: 'bad_url' });
});

t.test('one whose web configuration has TLS is reached over it, whether it runs or not', async (t) => {
  const cert = certificateFile('signed');
  const key = cert.replace('signed.pem', 'server-key.pem');
  const { directory, config } = await place(t, 'web: { listen_address: "studio:9100" }');
  const configFile = join(directory, 'web.yaml');
  writeFileSync(configFile, `tls_server_config: { cert_file: ${cert}, key_file: ${key} }\n`);
  const found = await configuredAgent({ url: undefined, config: { web: { ...config.web, configFile } } });
  t.same(found, { url: 'https://studio:9100', token: undefined });
});
