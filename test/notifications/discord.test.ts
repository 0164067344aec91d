import t from 'tap';
import { channelSchema } from '../../src/config/notification-channel.js';
import { deliver } from '../../src/notifications/registry.js';
import { NONE } from '../fixtures/none.js';
import { regressionStart } from '../fixtures/notification-events.js';
import { startWebhookReceiver } from '../fixtures/webhook-receiver.js';

const context = { fetch, signal: new AbortController().signal, now: () => new Date() };

t.test('sends an embed that calls nobody and is not read as Markdown', async (t) => {
  const receiver = await startWebhookReceiver(t);
  const settings = channelSchema.parse({
    name: 'team',
    kind: 'discord',
    webhook_url: `${receiver.url}/api/webhooks/1/x`,
  });
  await deliver(settings, { ...regressionStart, model: '@everyone `a_b`' }, context);
  const [{ path = '', body = '' } = {}] = receiver.received;
  t.equal(path, '/api/webhooks/1/x');
  const sent = JSON.parse(body) as { embeds: { title: string; description: string; timestamp: string }[] };
  t.match(sent, { allowed_mentions: { parse: NONE }, embeds: [{ timestamp: regressionStart.at }] });
  t.equal(sent.embeds[0]?.title, 'workstation: @everyone \\`a\\_b\\` is worse than it was');
  t.match(sent.embeds[0]?.description, 'Baseline (short prompt): decode speed −12 % since 2026-11-20T08:17:00.000Z');
});

t.test('stays within the limits of an embed', async (t) => {
  const receiver = await startWebhookReceiver(t);
  const settings = channelSchema.parse({ name: 'team', kind: 'discord', webhook_url: receiver.url });
  await deliver(settings, { ...regressionStart, model: '_'.repeat(300), changes: '_'.repeat(9000) }, context);
  const [embed] = (JSON.parse(receiver.received[0]?.body ?? '') as { embeds: { title: string; description: string }[] })
    .embeds;
  t.equal(embed?.title.length, 256);
  t.ok((embed?.description.length ?? 0) <= 4096);
});
