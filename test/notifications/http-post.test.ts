import { createServer } from 'node:net';
import t from 'tap';
import { DeliveryFailure } from '../../src/notifications/delivery-failure.js';
import { type PostContext, post } from '../../src/notifications/http-post.js';
import { listening } from '../fixtures/listening.js';
import { startWebhookReceiver } from '../fixtures/webhook-receiver.js';

const context: PostContext = {
  fetch,
  signal: new AbortController().signal,
  now: () => new Date('2026-11-21T15:00:00.000Z'),
};

async function failureOf(sending: Promise<void>): Promise<DeliveryFailure> {
  const error = await sending.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof DeliveryFailure) return error;
  throw new Error(`expected a DeliveryFailure, got ${error}`);
}

t.test('posts JSON with the given headers', async (t) => {
  const receiver = await startWebhookReceiver(t);
  await post({ url: `${receiver.url}/hook?key=1`, headers: { 'typhon-event': 'test' }, body: '{"a":1}' }, context);
  t.match(receiver.received, [
    {
      path: '/hook?key=1',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json', 'user-agent': 'typhon', 'typhon-event': 'test' },
    },
  ]);
});

t.test('what is worth another try and what is not', async (t) => {
  const never = [400, 401, 403, 404, 410, 413, 422];
  const later = [408, 429, 500, 502, 503, 504];
  const receiver = await startWebhookReceiver(
    t,
    [...never, ...later].map((status) => ({ status })),
  );
  for (const status of never) {
    const { code, message, retry } = await failureOf(post({ url: receiver.url, body: '{}' }, context));
    t.same({ code, message, retry }, { code: 'refused', message: `answered ${status}`, retry: { kind: 'never' } });
  }
  for (const status of later) {
    const { message, retry } = await failureOf(post({ url: receiver.url, body: '{}' }, context));
    t.same({ message, retry }, { message: `answered ${status}`, retry: { kind: 'later', afterMs: undefined } });
  }
});

t.test('Retry-After in seconds and as a date; what is neither is passed over', async (t) => {
  const values: [string, number | undefined][] = [
    ['120', 120_000],
    ['Sat, 21 Nov 2026 15:01:00 GMT', 60_000],
    ['Sat, 21 Nov 2026 14:00:00 GMT', 0],
    ['soon', undefined],
  ];
  const receiver = await startWebhookReceiver(
    t,
    values.map(([value]) => ({ status: 429, headers: { 'retry-after': value } })),
  );
  for (const [value, afterMs] of values) {
    const { retry } = await failureOf(post({ url: receiver.url, body: '{}' }, context));
    t.same(retry, { kind: 'later', afterMs }, value);
  }
});

t.test('a redirect is not followed, wherever it leads', async (t) => {
  const secret = await startWebhookReceiver(t);
  for (const status of [301, 302, 303, 307, 308]) {
    const receiver = await startWebhookReceiver(t, [{ status, headers: { location: `${secret.url}/admin` } }]);
    const { message, retry } = await failureOf(post({ url: receiver.url, body: '{}' }, context));
    t.equal(message, `answered ${status}: redirects are not followed`);
    t.same(retry, { kind: 'never' });
  }
  t.same(secret.received, []);
});

t.test('a body that never ends is not read', async (t) => {
  const receiver = await startWebhookReceiver(t, ['never-ending-body']);
  await post({ url: receiver.url, body: '{}' }, context);
  await receiver.abandoned;
  t.equal(receiver.received.length, 1);
});

t.test('no connection, and what is not HTTP: later, and no word of the URL', async (t) => {
  const closed = createServer();
  const gone = await listening(t, closed);
  await new Promise((resolve) => closed.close(resolve));
  const refused = await failureOf(post({ url: `http://127.0.0.1:${gone}/hunter2`, body: '{}' }, context));
  t.match(
    { ...refused, message: refused.message },
    {
      code: 'unreachable',
      message: 'could not be reached (ECONNREFUSED)',
      retry: { kind: 'later' },
    },
  );
  const babble = await listening(
    t,
    createServer((socket) => socket.on('error', () => undefined).end('hello\r\n\r\n')),
  );
  const garbled = await failureOf(post({ url: `http://127.0.0.1:${babble}/hunter2`, body: '{}' }, context));
  t.match(garbled.message, /^could not be reached \(HPE_/);
  const nameless = await failureOf(
    post({ url: 'http://x/hunter2', body: '{}' }, { ...context, fetch: () => Promise.reject(new Error('hunter2')) }),
  );
  t.equal(nameless.message, 'could not be reached (no connection)');
});

t.test('ends with the reason of its signal', async (t) => {
  const receiver = await startWebhookReceiver(t, ['hang']);
  const stop = new AbortController();
  const sending = post({ url: receiver.url, body: '{}' }, { ...context, signal: stop.signal });
  await receiver.arrival(0);
  stop.abort(new Error('enough'));
  await t.rejects(sending, { message: 'enough' });
});
