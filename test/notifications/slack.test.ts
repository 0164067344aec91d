import t from 'tap';
import { channelSchema } from '../../src/config/notification-channel.js';
import { deliver } from '../../src/notifications/registry.js';
import { recovery, regressionStart } from '../fixtures/notification-events.js';
import { startWebhookReceiver } from '../fixtures/webhook-receiver.js';

const context = { fetch, signal: new AbortController().signal, now: () => new Date() };

t.test('sends plain text, in which nothing reads as a mention or a link', async (t) => {
  const receiver = await startWebhookReceiver(t);
  const settings = channelSchema.parse({ name: 'work', kind: 'slack', webhook_url: `${receiver.url}/services/T/B/x` });
  await deliver(settings, { ...recovery, model: '<!channel> & co' }, context);
  const [{ path = '', body = '' } = {}] = receiver.received;
  t.equal(path, '/services/T/B/x');
  t.match(JSON.parse(body), {
    text: 'workstation: &lt;!channel&gt; &amp; co is well again',
    blocks: [
      { text: { type: 'plain_text', text: ':white_check_mark: workstation: <!channel> & co is well again' } },
      { text: { type: 'plain_text', text: /Baseline \(short prompt\): decode speed, which was worse since/ } },
    ],
  });
});

t.test('stays within the 3,000 characters of a block', async (t) => {
  const receiver = await startWebhookReceiver(t);
  const settings = channelSchema.parse({ name: 'work', kind: 'slack', webhook_url: receiver.url });
  const [finding] = regressionStart.findings;
  if (finding === undefined) throw new Error('expected a finding');
  const findings = Array.from({ length: 40 }, () => ({ ...finding, test_id: 'x'.repeat(200) }));
  await deliver(settings, { ...regressionStart, findings, changes: 'y'.repeat(9000) }, context);
  const { blocks } = JSON.parse(receiver.received[0]?.body ?? '') as { blocks: { text: { text: string } }[] };
  t.equal(blocks.length, 2);
  for (const { text } of blocks) t.ok(text.text.length <= 3000, `${text.text.length} characters`);
});
