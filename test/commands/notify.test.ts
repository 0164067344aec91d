import t, { type Test } from 'tap';
import { runCommandLine } from '../../src/commands/program.js';
import { commandFixture } from '../fixtures/command-context.js';
import { startWebhookReceiver } from '../fixtures/webhook-receiver.js';

function configured(t: Test, channels: string) {
  const directory = t.testdir({ config: { 'typhon.yaml': channels } });
  return commandFixture({ directory, environment: { HOOK_SECRET: 'hunter2' } });
}

t.test('sends to every channel once, and says so', async (t) => {
  const receiver = await startWebhookReceiver(t);
  const { context, stdout } = configured(
    t,
    `notifications:
  - { name: ops, kind: webhook, url: "${receiver.url}/hook", secret: "\${HOOK_SECRET}", on: [recovery] }
  - { name: phone, kind: ntfy, server: "${receiver.url}", topic: t }
`,
  );
  t.equal(await runCommandLine(['notify', 'test'], context), 0);
  t.equal(stdout(), 'ops (webhook): sent\nphone (ntfy): sent\n');
  t.same(receiver.received.map(({ path }) => path).sort(), ['/', '/hook']);
  const hook = receiver.received.find(({ path }) => path === '/hook');
  t.match(hook?.headers, { 'typhon-event': 'test', 'typhon-signature': /^sha256=[0-9a-f]{64}$/ });
});

t.test('a channel that does not take it is an error, without a second try and without its URL', async (t) => {
  const receiver = await startWebhookReceiver(t, [{ status: 500 }]);
  const { context, stdout, stderr } = configured(
    t,
    `notifications:
  - { name: ops, kind: webhook, url: "${receiver.url}/hunter2" }
`,
  );
  t.equal(await runCommandLine(['notify', 'test'], context), 1);
  t.equal(stdout(), 'ops (webhook): not sent, it answered 500\n');
  t.equal(stderr(), '');
  t.equal(receiver.received.length, 1);
});

t.test('one channel alone', async (t) => {
  const receiver = await startWebhookReceiver(t);
  const { context, stdout } = configured(
    t,
    `notifications:
  - { name: a, kind: slack, webhook_url: "${receiver.url}/a" }
  - { name: b, kind: slack, webhook_url: "${receiver.url}/b" }
`,
  );
  t.equal(await runCommandLine(['notify', 'test', '--channel', 'b'], context), 0);
  t.equal(stdout(), 'b (slack): sent\n');
  t.same(
    receiver.received.map(({ path }) => path),
    ['/b'],
  );
});

t.test('no such channel, none at all, a bad configuration: bad usage', async (t) => {
  const one = configured(t, 'notifications: [{ name: a, kind: ntfy, topic: t }]\n');
  t.equal(await runCommandLine(['notify', 'test', '--channel', 'b'], one.context), 2);
  t.equal(one.stderr(), 'There is no channel named b. Configured are: a.\n');
  const none = configured(t, 'notifications: []\n');
  t.equal(await runCommandLine(['notify', 'test'], none.context), 2);
  t.match(none.stderr(), /^No notifications are configured/);
  const bad = configured(t, 'notifications: [{ name: a, kind: pager }]\n');
  t.equal(await runCommandLine(['notify', 'test'], bad.context), 2);
  t.match(bad.stderr(), /notifications\[0\]\.kind/);
  t.equal(await runCommandLine(['notify', 'nobody'], commandFixture().context), 2);
});

t.test('Ctrl-C ends the wait for one that hangs', async (t) => {
  const receiver = await startWebhookReceiver(t, ['hang']);
  const { context, stdout, interrupt } = configured(
    t,
    `notifications: [{ name: ops, kind: webhook, url: "${receiver.url}" }]\n`,
  );
  const ended = runCommandLine(['notify', 'test'], context);
  await receiver.arrival(0);
  interrupt();
  t.equal(await ended, 130);
  t.equal(stdout(), 'ops (webhook): interrupted\n');
});
