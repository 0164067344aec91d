import t from 'tap';
import { type ChannelSettings, channelSchema } from '../../src/config/notification-channel.js';
import { attempt } from '../../src/notifications/attempt.js';
import type { Fetch } from '../../src/notifications/http-post.js';
import { ManualClock } from '../fixtures/manual-clock.js';
import { runFailure } from '../fixtures/notification-events.js';
import { startSmtpReceiver } from '../fixtures/smtp-receiver.js';
import { startWebhookReceiver } from '../fixtures/webhook-receiver.js';

const never = new AbortController().signal;

function ops(settings: object): ChannelSettings {
  return channelSchema.parse({ name: 'ops', timeout: '3s', ...settings });
}

t.test('an endpoint that hangs is given its time and no more', async (t) => {
  const receiver = await startWebhookReceiver(t, ['hang']);
  const clock = new ManualClock();
  const sending = attempt(ops({ kind: 'webhook', url: receiver.url }), runFailure, { fetch, clock, signal: never });
  await receiver.arrival(0);
  t.same(clock.waitingMs, [3000]);
  clock.advance(3000);
  await t.rejects(sending, { code: 'timeout', message: 'gave no answer within 3 s', retry: { kind: 'later' } });
});

t.test('so is one that does not even heed its signal', async (t) => {
  const deaf: Fetch = () => new Promise(() => undefined);
  const clock = new ManualClock();
  const settings = ops({ kind: 'ntfy', topic: 't' });
  const sending = attempt(settings, runFailure, { fetch: deaf, clock, signal: never });
  clock.advance(3000);
  await t.rejects(sending, { code: 'timeout' });
});

t.test('so is a mail server', async (t) => {
  const server = await startSmtpReceiver(t, { mute: true });
  const clock = new ManualClock();
  const mail = { kind: 'email', host: '127.0.0.1', port: server.port, security: 'none', from: 'a@b.c', to: ['d@e.f'] };
  const sending = attempt(ops(mail), runFailure, { fetch, clock, signal: never });
  clock.advance(3000);
  await t.rejects(sending, { code: 'timeout' });
});

t.test('ends with its signal, also when that has aborted already', async (t) => {
  const receiver = await startWebhookReceiver(t, ['hang', 'hang']);
  const clock = new ManualClock();
  const settings = ops({ kind: 'webhook', url: receiver.url });
  const stop = new AbortController();
  const sending = attempt(settings, runFailure, { fetch, clock, signal: stop.signal });
  await receiver.arrival(0);
  stop.abort(new Error('typhon stops'));
  await t.rejects(sending, { message: 'typhon stops' });
  await t.rejects(attempt(settings, runFailure, { fetch, clock, signal: stop.signal }), { message: 'typhon stops' });
  t.same(clock.waitingMs, [], 'no timer stays');
});

t.test('leaves no timer behind when it is through', async (t) => {
  const receiver = await startWebhookReceiver(t);
  const clock = new ManualClock();
  await attempt(ops({ kind: 'webhook', url: receiver.url }), runFailure, { fetch, clock, signal: never });
  t.same(clock.waitingMs, []);
});
