import t, { type Test } from 'tap';
import { channelSchema } from '../../src/config/notification-channel.js';
import { deliver } from '../../src/notifications/registry.js';
import { regressionStart } from '../fixtures/notification-events.js';
import { startWebhookReceiver } from '../fixtures/webhook-receiver.js';

const context = { fetch, signal: new AbortController().signal, now: () => new Date() };

async function told(t: Test, more: object, status = 200) {
  const receiver = await startWebhookReceiver(t, [{ status }]);
  const settings = channelSchema.parse({ name: 'all', kind: 'apprise', url: `${receiver.url}/notify/typhon`, ...more });
  const outcome = deliver(settings, regressionStart, context);
  return { receiver, outcome };
}

t.test('tells those that an Apprise server keeps under a key', async (t) => {
  const { receiver, outcome } = await told(t, { tag: 'homelab' });
  await outcome;
  const [{ path = '', body = '' } = {}] = receiver.received;
  t.equal(path, '/notify/typhon');
  t.match(JSON.parse(body), {
    title: /is worse than it was$/,
    body: /decode speed −12 % since/,
    type: 'warning',
    format: 'text',
    tag: 'homelab',
  });
  t.notOk(body.includes('urls'));
});

t.test('or those that it is given', async (t) => {
  const { receiver, outcome } = await told(t, { urls: ['tgram://1:a/2', 'gotify://h/t'] });
  await outcome;
  t.match(JSON.parse(receiver.received[0]?.body ?? ''), { urls: 'tgram://1:a/2,gotify://h/t' });
});

t.test('nobody told is no success', async (t) => {
  const { outcome } = await told(t, {}, 204);
  await t.rejects(outcome, { code: 'refused', message: /^answered 204: it has no service to tell/ });
});

t.test('where some were told, none is told twice', async (t) => {
  const { outcome } = await told(t, {}, 424);
  await t.rejects(outcome, {
    code: 'refused',
    retry: { kind: 'never' },
    message: /424: not every service could be told$/,
  });
});
