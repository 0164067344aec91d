import t from 'tap';
import { channelSchema, notificationEvents } from '../../src/config/notification-channel.js';

const ms = { timeoutMs: 10_000, giveUpAfterMs: 86_400_000 };

t.test('tells everything where nothing is chosen', async (t) => {
  t.same(channelSchema.parse({ name: 'ops', kind: 'webhook', url: 'https://example.org/hook?key=1' }), {
    kind: 'webhook',
    name: 'ops',
    on: notificationEvents,
    url: 'https://example.org/hook?key=1',
    ...ms,
  });
});

t.test('gives every kind its own settings', async (t) => {
  const on = ['run_failure'];
  const parsed = (settings: object) => channelSchema.parse({ name: 'ops', on, ...settings });
  t.match(parsed({ kind: 'ntfy', topic: 'x' }), { server: 'https://ntfy.sh', topic: 'x', on, ...ms });
  t.match(parsed({ kind: 'discord', webhook_url: 'https://d/1' }), { webhookUrl: 'https://d/1', ...ms });
  t.match(parsed({ kind: 'slack', webhook_url: 'https://s/1' }), { webhookUrl: 'https://s/1', ...ms });
  t.match(parsed({ kind: 'apprise', url: 'http://a/notify/k' }), { url: 'http://a/notify/k', urls: undefined, ...ms });
  const mail = { kind: 'email', host: 'smtp.example.org', from: 'a@example.org', to: ['b@example.org'] };
  t.same(parsed(mail), { ...mail, name: 'ops', on, port: 587, security: 'starttls', login: undefined, ...ms });
  t.match(parsed({ ...mail, user: 'u', password: 'p' }), { login: { user: 'u', password: 'p' } });
});

t.test('refuses URLs that carry a password or lead nowhere, and servers with a path', async (t) => {
  const isValid = (settings: object) => channelSchema.safeParse({ name: 'ops', ...settings }).success;
  for (const url of ['ftp://example.org/', 'https://u:p@example.org/', 'https://example.org/#x', 'example.org', '']) {
    t.notOk(isValid({ kind: 'webhook', url }), url);
  }
  for (const server of ['https://example.org/ntfy', 'https://example.org/?x=1']) {
    t.notOk(isValid({ kind: 'ntfy', topic: 'x', server }), server);
  }
  t.ok(isValid({ kind: 'ntfy', topic: 'x', server: 'http://127.0.0.1:2586/' }));
  for (const urls of [[], ['telegram'], ['tgram://1/2,gotify://h/t']]) {
    t.notOk(isValid({ kind: 'apprise', url: 'http://a/notify', urls }), String(urls));
  }
});
