import t from 'tap';
import type { ConfigurationAnswer } from '../../../src/api/routes/configuration.js';
import { loadConfig } from '../../../src/config/load.js';
import { apiBench } from '../../fixtures/api-bench.js';
import { startWebhookReceiver } from '../../fixtures/webhook-receiver.js';

async function configured(directory: string) {
  const loaded = await loadConfig({ overrides: { configFile: 'typhon.yaml' }, environment: {}, directory });
  return { config: () => loaded.config, configOrigin: () => loaded };
}

t.test('the configuration in force with the source of each value, without secrets', async (t) => {
  const directory = t.testdir({
    'typhon.yaml':
      'web:\n  auth:\n    bearer_token: hunter2\nnotifications:\n  - {kind: ntfy, name: phone, topic: hunter2}\n',
  });
  const { url } = await apiBench(t, { services: await configured(directory) });
  const response = await fetch(`${url}/configuration`);
  t.equal(response.status, 200);
  const text = await response.text();
  t.notMatch(text, 'hunter2');
  const { file, settings, channels } = JSON.parse(text) as ConfigurationAnswer;
  t.equal(file, `${directory}/typhon.yaml`);
  t.same(channels, [{ name: 'phone', kind: 'ntfy' }]);
  const named = (path: string) => settings.find((setting) => setting.path === path);
  t.match(named('web.auth.bearer_token'), { value: '(set, not shown)', source: 'file', origin: /typhon\.yaml:3$/ });
  t.match(named('log.level'), { value: 'info', source: 'default', origin: null });
});

t.test('is told to those alone who may read everything', async (t) => {
  const { url } = await apiBench(t, { rules: { token: 'secret', protect: 'all' } });
  t.equal((await fetch(`${url}/configuration`)).status, 401);
  const headers = { authorization: 'Bearer secret' };
  t.equal((await fetch(`${url}/configuration`, { headers })).status, 200);
});

t.test('a channel is tested, and says what it makes of it', async (t) => {
  const receiver = await startWebhookReceiver(t);
  const directory = t.testdir({
    'typhon.yaml': `notifications:\n  - {kind: webhook, name: hook, url: "${receiver.url}"}\n  - {kind: webhook, name: nobody, url: "http://127.0.0.1:1/x"}\n`,
  });
  const { url } = await apiBench(t, { services: await configured(directory) });
  const test = async (name: string) => (await fetch(`${url}/notifications/${name}/test`, { method: 'POST' })).json();
  t.same(await test('hook'), { sent: true, problem: null });
  t.match(JSON.stringify(receiver.received), 'test');
  t.match(await test('nobody'), { sent: false, problem: /^nobody / });
  t.equal((await fetch(`${url}/notifications/other/test`, { method: 'POST' })).status, 404);
});
