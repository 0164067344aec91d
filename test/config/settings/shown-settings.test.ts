import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import t from 'tap';
import { formatPath } from '../../../src/config/path.js';
import { configSchema } from '../../../src/config/schema.js';
import { shownSettings } from '../../../src/config/settings/shown-settings.js';

const SECRET = 'hunter2';

function shown(raw: object): Readonly<Record<string, string | null>> {
  const settings = shownSettings(configSchema.parse(raw));
  return Object.fromEntries(settings.map(({ path, value }) => [formatPath(path), value]));
}

t.test('no secret is shown, whatever kind of channel it belongs to', async (t) => {
  const url = `https://example.org/${SECRET}`;
  const settings = shown({
    targets: [{ name: 'box', url: 'https://box', api_key: SECRET, insecure_skip_verify: true }],
    notifications: [
      { kind: 'webhook', name: 'a', url, secret: SECRET },
      { kind: 'ntfy', name: 'b', topic: SECRET, token: SECRET },
      { kind: 'discord', name: 'c', webhook_url: url },
      { kind: 'slack', name: 'd', webhook_url: url },
      {
        kind: 'email',
        name: 'e',
        host: 'h',
        user: SECRET,
        password: SECRET,
        from: `${SECRET}@a.b`,
        to: [`${SECRET}@a.b`],
      },
      { kind: 'apprise', name: 'f', url, urls: [`tgram://${SECRET}/1`], tag: SECRET },
    ],
    web: { auth: { bearer_token: SECRET } },
    benchmark: { prompts: { short: SECRET } },
  });
  t.notMatch(JSON.stringify(settings), SECRET);
  t.match(settings, {
    'targets[0].api_key': '(set, not shown)',
    'targets[0].insecure_skip_verify': 'true',
    'web.auth.bearer_token': '(set, not shown)',
    'benchmark.prompts.short': 'one of your own',
    'notifications[5].kind': 'apprise',
  });
});

t.test('values stand as they could in the file', async (t) => {
  const settings = shown({
    trends: { drop: '7%' },
    gpu: { interval: '250ms' },
    web: { listen_address: ':1' },
    schedules: [],
  });
  t.match(settings, {
    'trends.drop': '7%',
    'gpu.interval': '250ms',
    'web.listen_address': ':1',
    'retention.runs': '90d',
    'energy.currency': null,
    schedules: 'none: measures only when asked',
    targets: 'what is found on this machine',
  });
});

t.test('every setting of the file but those of a channel is shown', async (t) => {
  const schema = JSON.parse(await readFile(resolve('config/typhon.schema.json'), 'utf8')) as {
    properties: Record<string, { properties?: Record<string, object> }>;
  };
  const paths = Object.keys(shown({}));
  for (const [section, { properties = {} }] of Object.entries(schema.properties)) {
    for (const key of Object.keys(properties)) {
      const path = `${section}.${key}`;
      t.ok(
        paths.some((one) => one === path || one.startsWith(`${path}.`)),
        path,
      );
    }
  }
});
