import t from 'tap';
import { channelSchema } from '../../src/config/notification-channel.js';
import { deliver } from '../../src/notifications/registry.js';
import { recovery, runFailure } from '../fixtures/notification-events.js';
import { startWebhookReceiver } from '../fixtures/webhook-receiver.js';

const context = { fetch, signal: new AbortController().signal, now: () => new Date() };

t.test('publishes to the topic as JSON, with the token', async (t) => {
  const receiver = await startWebhookReceiver(t);
  const settings = { name: 'phone', kind: 'ntfy', server: receiver.url, topic: 'typhon-4f9c2a7e' };
  await deliver(channelSchema.parse({ ...settings, token: 'tk_1' }), runFailure, context);
  await deliver(channelSchema.parse(settings), recovery, context);
  const [failed, well] = receiver.received;
  t.equal(failed?.path, '/');
  t.equal(failed?.headers.authorization, 'Bearer tk_1');
  t.match(JSON.parse(failed?.body ?? ''), {
    topic: 'typhon-4f9c2a7e',
    title: 'workstation: a benchmark failed',
    message: /connection_refused/,
    priority: 4,
    tags: ['warning'],
  });
  t.equal(well?.headers.authorization, undefined);
  t.match(JSON.parse(well?.body ?? ''), { title: 'workstation: hermes-3 is well again', priority: 3 });
});
