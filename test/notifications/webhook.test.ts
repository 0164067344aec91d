import { createHmac } from 'node:crypto';
import t from 'tap';
import { type ChannelSettings, channelSchema, type SettingsOf } from '../../src/config/notification-channel.js';
import { webhook } from '../../src/notifications/webhook.js';
import { regressionStart, runFailure } from '../fixtures/notification-events.js';
import { startWebhookReceiver } from '../fixtures/webhook-receiver.js';

const context = { fetch, signal: new AbortController().signal, now: () => new Date('2026-11-21T15:00:00.999Z') };

function settings(url: string, secret?: string): SettingsOf<'webhook'> {
  const parsed: ChannelSettings = channelSchema.parse({ name: 'ops', kind: 'webhook', url, secret });
  if (parsed.kind !== 'webhook') throw new Error('expected a webhook');
  return parsed;
}

t.test('sends the event as it is, in words beside, signed over time and body', async (t) => {
  const receiver = await startWebhookReceiver(t);
  await webhook.deliver(settings(receiver.url, 'hunter2'), regressionStart, context);
  const { headers, body } = await receiver.arrival(0);
  t.match(JSON.parse(body), { version: 1, ...regressionStart, title: /is worse/, text: /GPU driver 550\.54/ });
  t.match(headers, {
    'typhon-event': 'regression_start',
    'typhon-event-id': regressionStart.id,
    'typhon-timestamp': '1795273200',
  });
  const expected = createHmac('sha256', 'hunter2').update(`1795273200.${body}`).digest('hex');
  t.equal(headers['typhon-signature'], `sha256=${expected}`);
  t.notMatch(body + JSON.stringify(headers), /hunter2/);
});

t.test('without a secret nothing is signed', async (t) => {
  const receiver = await startWebhookReceiver(t);
  await webhook.deliver(settings(receiver.url), runFailure, context);
  const { headers, body } = await receiver.arrival(0);
  t.equal(headers['typhon-signature'], undefined);
  t.match(JSON.parse(body), { event: 'run_failure', job_id: 'a3f1c820', error: 'connection_refused' });
});
