import { readdir } from 'node:fs/promises';
import t from 'tap';
import { type ChannelSettings, channelSchema } from '../../src/config/notification-channel.js';
import { deliver } from '../../src/notifications/registry.js';
import { testMessage } from '../fixtures/notification-events.js';
import { startSmtpReceiver } from '../fixtures/smtp-receiver.js';
import { startWebhookReceiver } from '../fixtures/webhook-receiver.js';

t.test('every kind that can be configured has its file and gets through', async (t) => {
  const receiver = await startWebhookReceiver(t, Array(5).fill({ status: 200 }));
  const mail = await startSmtpReceiver(t);
  const settings: Record<ChannelSettings['kind'], object> = {
    webhook: { url: receiver.url },
    ntfy: { server: receiver.url, topic: 'ntfy' },
    discord: { webhook_url: receiver.url },
    slack: { webhook_url: receiver.url },
    apprise: { url: receiver.url },
    email: { host: '127.0.0.1', port: mail.port, security: 'none', from: 'a@example.org', to: ['b@example.org'] },
  };
  const files = await readdir('src/notifications');
  const context = { fetch, signal: new AbortController().signal, now: () => new Date() };
  for (const [kind, own] of Object.entries(settings)) {
    t.ok(files.includes(`${kind}.ts`));
    await deliver(channelSchema.parse({ name: 'a', kind, ...own }), testMessage, context);
  }
  t.equal(receiver.received.length, 5);
  for (const { body } of receiver.received) t.match(body, /typhon can reach you/);
  t.match(mail.mails[0]?.data, /typhon can reach you/);
});
