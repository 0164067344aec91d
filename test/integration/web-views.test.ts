import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { accessibilityProblems, PageOpener, screenshot, skipWithoutChromium } from '../fixtures/chromium.js';
import { pastJobs, writePast } from '../fixtures/page-history.js';
import { STALLED, startByApi, startWebAgent } from '../fixtures/web-agent.js';

t.setTimeout(600_000);
const skip = skipWithoutChromium();
const pages = new PageOpener(t);

const nightly = { schedules: [{ name: 'nightly', cron: '0 3 * * *', mode: 'quick' }] };

const views = [
  { name: 'overview', hash: '#/', sign: '.result table' },
  { name: 'trends', hash: '#/trends', sign: '.trend canvas' },
  { name: 'history', hash: '#/history', sign: '.history tbody tr' },
  { name: 'machine', hash: '#/machine', sign: '#agent-title' },
  { name: 'job', hash: '#/jobs/aaaa0000', sign: '.result table' },
] as const;

async function isAccessible(t: Test, page: Page, name: string): Promise<void> {
  t.same(await accessibilityProblems(page), [], `${name} is accessible`);
}

async function fits(t: Test, page: Page, name: string): Promise<void> {
  const widths = await page.evaluate<number[]>('[document.documentElement.scrollWidth, innerWidth]');
  t.ok((widths[0] ?? 0) <= (widths[1] ?? 0), `${name}: ${widths}`);
}

t.test('every view, light, dark and on a phone: complete, accessible, without a complaint', { skip }, async (t) => {
  const { url } = await startWebAgent(t, { seed: writePast, config: nightly });
  const looks = [
    { look: 'light', options: { colorScheme: 'light' } },
    { look: 'dark', options: { colorScheme: 'dark' } },
    { look: 'phone', options: { colorScheme: 'light', viewport: { width: 390, height: 844 } } },
  ] as const;
  for (const { look, options } of looks) {
    const { page, complaints } = await pages.open(url, options);
    for (const { name, hash, sign } of views) {
      await page.goto(`${url}/${hash}`);
      await page.locator(sign).first().waitFor();
      await page.getByText('Loading…').waitFor({ state: 'detached' });
      await isAccessible(t, page, `${name}, ${look}`);
      await fits(t, page, `${name}, ${look}`);
      await screenshot(page, `${name}-${look}`);
    }
    t.same(complaints, [], look);
  }
});

t.test('history: every outcome with its badge, its log and its result; filters; preserve', { skip }, async (t) => {
  const { url } = await startWebAgent(t, { seed: writePast });
  const { page } = await pages.open(`${url}/#/history`);
  const row = (id: string) => page.getByRole('row').filter({ has: page.getByRole('link', { name: id }) });
  for (const { id, status } of pastJobs) {
    const badge = row(id).locator('.badge');
    t.equal(await badge.textContent(), status);
    t.equal(await badge.getAttribute('class'), `badge ${status}`);
    await row(id).getByText('1 min 35 s').waitFor();
    await page.getByRole('link', { name: id }).click();
    await page.getByText(`The log of ${id}.`).waitFor();
    t.equal(await page.getByRole('heading', { name: 'Result' }).count(), status === 'done' ? 1 : 0);
    await page.goBack();
  }
  await page.getByLabel('Status').selectOption('error');
  await row('aaaa0000').waitFor({ state: 'detached' });
  await row('bbbb0000').getByText('(timeout)').waitFor();
  await page.getByLabel('Status').selectOption('any');
  await page.getByLabel('Started by').selectOption('typhon run');
  await row('aaaa0000').waitFor({ state: 'detached' });
  t.equal(await row('dddd0000').count(), 1);
  await page.getByLabel('Mode').selectOption('zeus');
  await page.getByText('No job is like that.').waitFor();
  await page.goto(`${url}/#/jobs/cccc0000`);
  await page.getByRole('button', { name: 'Preserve', exact: true }).click();
  await page.getByRole('button', { name: 'Preserved', exact: true }).waitFor();
  await page.goto(`${url}/#/history`);
  await row('cccc0000').getByText('preserved').waitFor();
});

t.test('a thousand jobs are turned by pages', { skip }, async (t) => {
  const { url } = await startWebAgent(t, { seed: (storage) => writePast(storage, { older: 1000 }) });
  const { page } = await pages.open(`${url}/#/history`);
  const rows = page.locator('.history tbody tr');
  await rows.first().waitFor();
  t.equal(await rows.count(), 25);
  await page.getByRole('button', { name: 'Older' }).click();
  await page.getByText('Page 2').waitFor();
  await page.getByRole('link', { name: '000003d2' }).waitFor();
  t.equal(await rows.count(), 25);
  await page.getByRole('button', { name: 'Newer' }).click();
  await page.getByRole('link', { name: 'aaaa0000' }).waitFor();
  t.equal(await page.getByRole('button', { name: 'Newer' }).isDisabled(), true);
});

t.test('results and trends tell what they know', { skip }, async (t) => {
  const { url } = await startWebAgent(t, { seed: writePast, config: nightly });
  const { page } = await pages.open(url);
  await page.getByText('Not quite.').waitFor();
  await page.locator('.failures').getByText('Long generation stress failed:').waitFor();
  await page.locator('.failures').getByText("exceeds the server's context length").waitFor();
  await page
    .getByRole('img', { name: /Over the context size: 2k: 81.2 tokens\/s/ })
    .locator('canvas')
    .waitFor();
  await page.getByRole('columnheader', { name: 'VRAM' }).waitFor();
  await page.goto(`${url}/#/trends`);
  const figure = page.locator('.trend').filter({ hasText: 'baseline_short' });
  await figure
    .getByText(/−1\d\.\d %/)
    .first()
    .waitFor();
  await figure.getByText('Changed: GPU driver 550.54.14 → 560.35.03.').waitFor();
  await page.getByLabel('Figure').selectOption('Prefill speed');
  await figure.getByText('As before.').waitFor();
});

t.test('now: the schedule can be paused, the runner looked at while it works', { skip }, async (t) => {
  const { url } = await startWebAgent(t, { server: STALLED, config: nightly });
  const { page } = await pages.open(`${url}/#/machine`);
  await page.getByText('No runner yet').waitFor();
  await page.getByRole('button', { name: 'Pause schedule nightly' }).click();
  await page.getByText('paused').waitFor();
  await page.getByRole('button', { name: 'Resume schedule nightly' }).click();
  await page.getByText(/quick, next in/).waitFor();
  await page.locator('.targets').getByText('fake-model').waitFor();
  await startByApi(url);
  await page.locator('.runner summary', { hasText: 'decode_stream' }).waitFor();
  await page.locator('.recorder').getByText('decode_wait_first_token').first().waitFor();
});
