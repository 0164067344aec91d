import { createServer } from 'node:net';
import t from 'tap';
import { channelSchema } from '../../src/config/notification-channel.js';
import { DeliveryFailure } from '../../src/notifications/delivery-failure.js';
import { deliver } from '../../src/notifications/registry.js';
import { listening } from '../fixtures/listening.js';
import { missedSchedule, runFailure } from '../fixtures/notification-events.js';
import { type SmtpOptions, startSmtpReceiver } from '../fixtures/smtp-receiver.js';

const context = { fetch, signal: new AbortController().signal, now: () => new Date() };

function settings(port: number, more: object = {}) {
  return channelSchema.parse({
    name: 'mail',
    kind: 'email',
    host: '127.0.0.1',
    port,
    security: 'none',
    from: 'typhon@example.org',
    to: ['me@example.org', 'you@example.org'],
    ...more,
  });
}

async function failureOf(sending: Promise<void>): Promise<Pick<DeliveryFailure, 'message' | 'code' | 'retry'>> {
  const error = await sending.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof DeliveryFailure)) throw new Error(`expected a DeliveryFailure, got ${error}`);
  const { message, code, retry } = error;
  return { message, code, retry };
}

t.test('sends to everybody, with the same Message-ID each time', async (t) => {
  const server = await startSmtpReceiver(t);
  await deliver(settings(server.port), runFailure, context);
  await deliver(settings(server.port), runFailure, context);
  await deliver(settings(server.port), missedSchedule, context);
  const [first, second, third] = server.mails;
  t.match(first, { from: 'typhon@example.org', to: ['me@example.org', 'you@example.org'] });
  t.match(first?.data, /^Subject: workstation: a benchmark failed$/m);
  t.match(first?.data, /connection_refused/);
  const idIn = (data = '') => /^Message-ID: (<[0-9a-f]{32}@typhon>)$/m.exec(data)?.[1];
  t.ok(idIn(first?.data));
  t.equal(idIn(second?.data), idIn(first?.data));
  t.not(idIn(third?.data), idIn(first?.data));
  t.notOk(server.commands.some((line) => line.startsWith('AUTH')));
});

t.test('signs in', async (t) => {
  const server = await startSmtpReceiver(t);
  await deliver(settings(server.port, { user: 'typhon', password: 'hunter2' }), runFailure, context);
  const login = Buffer.from('\0typhon\0hunter2').toString('base64');
  t.ok(server.commands.includes(`AUTH PLAIN ${login}`));
  t.equal(server.mails.length, 1);
});

t.test('does not sign in, nor send, without the encryption that was asked for', async (t) => {
  const server = await startSmtpReceiver(t);
  const login = { security: 'starttls', user: 'typhon', password: 'hunter2' };
  const { code, message } = await failureOf(deliver(settings(server.port, login), runFailure, context));
  t.equal(message, 'refused the encryption with 502');
  t.equal(code, 'refused');
  t.notOk(server.commands.some((line) => /^(AUTH|MAIL)/.test(line)));
  t.same(server.mails, []);
});

t.test('what the server refuses: for good with 5yz, for the moment with 4yz', async (t) => {
  const refused = async (replies: SmtpOptions['replies'], more: object = {}) => {
    const server = await startSmtpReceiver(t, { replies });
    return failureOf(deliver(settings(server.port, more), runFailure, context));
  };
  t.match(await refused({ RCPT: '550 hunter2 is unknown' }), { message: 'answered 550', retry: { kind: 'never' } });
  t.match(await refused({ MAIL: '451 later' }), { message: 'answered 451', retry: { kind: 'later' } });
  t.match(await refused({ DATA: '503 what?' }), { message: 'answered 503', retry: { kind: 'later' } });
  const login = { user: 'typhon', password: 'hunter2' };
  t.same(await refused({ AUTH: '535 hunter2 is wrong' }, login), {
    message: 'refused the sign-in with 535',
    code: 'refused',
    retry: { kind: 'never' },
  });
});

t.test('no server there: later', async (t) => {
  const closed = createServer();
  const port = await listening(t, closed);
  await new Promise((resolve) => closed.close(resolve));
  t.same(await failureOf(deliver(settings(port), runFailure, context)), {
    message: 'could not be reached (ESOCKET)',
    code: 'unreachable',
    retry: { kind: 'later' },
  });
});

t.test('a server that says nothing is left with the reason of the signal', async (t) => {
  const server = await startSmtpReceiver(t, { mute: true });
  const stop = new AbortController();
  const sending = deliver(settings(server.port), runFailure, { ...context, signal: stop.signal });
  stop.abort(new Error('enough'));
  await t.rejects(sending, { message: 'enough' });
});
