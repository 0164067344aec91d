import t from 'tap';
import { accessibilityProblems, PageOpener, screenshot, skipWithoutChromium } from '../fixtures/chromium.js';
import { halfADayAhead } from '../fixtures/far-schedule.js';
import { pageLooks } from '../fixtures/page-looks.js';
import { endOf, startWebAgent } from '../fixtures/web-agent.js';
import { startWebhookReceiver } from '../fixtures/webhook-receiver.js';

const skip = skipWithoutChromium();
const pages = new PageOpener(t);

t.test('what is configured with its source, no secret; a schedule is run, a channel tested', { skip }, async (t) => {
  const receiver = await startWebhookReceiver(t);
  const cron = `${halfADayAhead()} * * *`;
  const { url } = await startWebAgent(t, {
    config: {
      schedules: [{ name: 'nightly', cron, mode: 'quick' }],
      notifications: [{ kind: 'webhook', name: 'hook', url: `${receiver.url}/hunter2` }],
    },
  });
  const viewport = { width: 320, height: 800 };
  const { page, complaints } = await pages.open(t, `${url}/#/settings`, { viewport });
  const row = (path: string) => page.locator('.settings tbody tr').filter({ hasText: path });
  await row('schedules[0].cron').getByText(cron).waitFor();
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

t.test('long schedules, targets and channels widen no look of the page', { skip }, async (t) => {
  // As long as a name may be.
  const long = (what: string) => what.padEnd(64, 'x');
  const names = Array.from({ length: 8 }, (_, index) => long(`schedule-${index}`));
  const { url } = await startWebAgent(t, {
    targets: (server) => [{ name: long('target'), url: server }],
    config: {
      schedules: names.map((name) => ({
        name,
        cron: '0,5,10,15,20,25,30,35,40,45,50,55 0,1,2,3,4,5,6,7,8,9,10,11,12 1,2,3,4,5,6,7,8,9,10 1 *',
        mode: 'quick',
        targets: [long('target')],
        jitter: '10m',
      })),
      notifications: [{ kind: 'webhook', name: long('hook'), url: 'http://127.0.0.1:9/' }],
    },
  });
  for (const { look, options } of pageLooks) {
    const { page, complaints } = await pages.open(t, `${url}/#/settings`, options);
    await page.getByRole('button', { name: `Pause schedule ${names[0]}` }).waitFor();
    await page.getByRole('button', { name: `Run ${names[7]} now` }).waitFor();
    await page.locator('.settings tbody tr').filter({ hasText: 'schedules[7].cron' }).waitFor();
    t.same(await accessibilityProblems(page), [], look);
    const widths = await page.evaluate<number[]>('[document.documentElement.scrollWidth, innerWidth]');
    t.ok((widths[0] ?? 0) <= (widths[1] ?? 0), `${look}: ${widths}`);
    const hidden = await page.evaluate<string[]>(`[...document.querySelectorAll('main button')]
      .filter((button) => button.getBoundingClientRect().right > innerWidth || button.scrollWidth > button.clientWidth + 1)
      .map((button) => button.textContent)`);
    t.same(hidden, [], `${look}: every button is in sight whole`);
    await screenshot(page, `settings-long-${look.replaceAll(/\W+/g, '')}`);
    t.same(complaints, [], look);
  }
});
