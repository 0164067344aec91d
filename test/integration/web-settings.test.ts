import t from 'tap';
import { accessibilityProblems, PageOpener, screenshot, skipWithoutChromium } from '../fixtures/chromium.js';
import { endOf, startWebAgent } from '../fixtures/web-agent.js';
import { startWebhookReceiver } from '../fixtures/webhook-receiver.js';

t.setTimeout(300_000);
const skip = skipWithoutChromium();
const pages = new PageOpener(t);

t.test('what is configured with its source, no secret; a schedule is run, a channel tested', { skip }, async (t) => {
  const receiver = await startWebhookReceiver(t);
  const { url } = await startWebAgent(t, {
    config: {
      schedules: [{ name: 'nightly', cron: '0 3 * * *', mode: 'quick' }],
      notifications: [{ kind: 'webhook', name: 'hook', url: `${receiver.url}/hunter2` }],
    },
  });
  const viewport = { width: 320, height: 800 };
  const { page, complaints } = await pages.open(t, `${url}/#/settings`, { viewport });
  const row = (path: string) => page.locator('.settings tbody tr').filter({ hasText: path });
  await row('schedules[0].cron').getByText('0 3 * * *').waitFor();
  await row('schedules[0].cron')
    .getByText(/typhon\.yaml:1/)
    .waitFor();
  await row('web.listen_address').getByText('--web.listen-address').waitFor();
  t.equal(await row('trends.drop').count(), 0);
  await page.getByRole('button', { name: 'Show the defaults too' }).click();
  await row('trends.drop').getByText('10%').waitFor();
  await page.reload();
  await row('trends.drop').getByText('10%').waitFor();
  t.notMatch(await page.content(), 'hunter2');
  await page.getByRole('button', { name: 'Test channel hook' }).click();
  await page.getByText('hook took the test message.').waitFor();
  await receiver.arrival(0);
  await page.getByRole('button', { name: 'Run nightly now' }).click();
  const job = page.getByRole('link', { name: /^[0-9a-f]{8}$/ }).first();
  const id = (await job.textContent()) ?? '';
  t.same(await accessibilityProblems(page), []);
  const widths = await page.evaluate<number[]>('[document.documentElement.scrollWidth, innerWidth]');
  t.ok((widths[0] ?? 0) <= (widths[1] ?? 0), `${widths}`);
  await screenshot(page, 'settings-320');
  t.equal(await endOf(url, id), 'done');
  t.same(complaints, []);
});
