import type { Page } from 'playwright-core';
import t from 'tap';
import { accessibilityProblems, PageOpener, skipWithoutChromium } from '../fixtures/chromium.js';
import { tabTo, withFocus } from '../fixtures/keyboard.js';
import { writePast } from '../fixtures/page-history.js';
import { recordTexts } from '../fixtures/recorded-texts.js';
import { endOf, STALLED, sharedWebAgent, startByApi } from '../fixtures/web-agent.js';

const skip = skipWithoutChromium();
const pages = new PageOpener(t);
const atRest = sharedWebAgent(t, { seed: writePast });

const run = (page: Page) => page.getByRole('button', { name: 'Run', exact: true });
const cancel = (page: Page) => page.getByRole('button', { name: 'Cancel', exact: true });
const loaded = (page: Page) => page.locator('.result table').waitFor();

t.test('run, cancel and run again with keys; all of it is read out, each thing once', { skip }, async (t) => {
  const { url, server } = await atRest(STALLED);
  const { page, complaints } = await pages.open(t, url);
  await loaded(page);
  const spoken = await recordTexts(page, '.announcer [role=status], .announcer [role=alert]');
  await tabTo(page, page.getByRole('button', { name: 'Skip to the content' }));
  await page.keyboard.press('Enter');
  await withFocus(page, page.locator('main')).waitFor();
  await tabTo(page, page.getByRole('radio', { name: /^Quick/ }));
  await page.keyboard.press('ArrowDown');
  t.equal(await page.getByRole('radio', { name: /^Full/ }).isChecked(), true);
  await page.keyboard.press('ArrowUp');
  await tabTo(page, run(page));
  await page.keyboard.press('Enter');
  await withFocus(page, cancel(page)).waitFor();
  const bar = page.getByRole('progressbar', { name: 'Finished tests' });
  await page.locator('progress[aria-valuetext="1/4 Baseline (short prompt)"]').waitFor();
  t.same([await bar.getAttribute('value'), await bar.getAttribute('max')], ['0', '4']);
  t.same(await accessibilityProblems(page), [], 'while it runs');
  await page.keyboard.press('Enter');
  await withFocus(page, run(page)).waitFor();
  t.same(await accessibilityProblems(page), [], 'once it is cancelled');
  await server.set({ fault: { kind: 'status', status: 500, body: 'empty' } });
  await page.keyboard.press('Space');
  await page.locator('.run .notice').getByText('(http_error)').waitFor();
  await withFocus(page, run(page)).waitFor();
  t.same(await accessibilityProblems(page), [], 'once it has failed');
  await server.set({ fault: undefined });
  await page.keyboard.press('Space');
  await page.locator('.run .notice').getByText('Done after').waitFor();
  await withFocus(page, run(page)).waitFor();
  await tabTo(page, page.getByRole('button', { name: 'Dismiss' }), 'Shift+Tab');
  await page.keyboard.press('Enter');
  await withFocus(page, page.getByRole('heading', { name: 'Run a benchmark' })).waitFor();
  t.same(await spoken(), [
    'The benchmark is starting',
    'The benchmark is running',
    'The benchmark is being cancelled',
    'The benchmark is cancelled',
    'The benchmark is starting',
    'The benchmark is running',
    'The benchmark failed: The server answered with an error. (http_error)',
    'The benchmark is starting',
    'The benchmark is running',
    'The benchmark is done',
    '',
  ]);
  t.same(complaints, []);
});

t.test('log, result and preserving with keys', { skip }, async (t) => {
  const { url } = await atRest();
  const { page, complaints } = await pages.open(t, url);
  await loaded(page);
  await tabTo(page, page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'History' }));
  await page.keyboard.press('Enter');
  await tabTo(page, page.getByRole('link', { name: 'aaaa0000' }));
  await page.keyboard.press('Enter');
  await withFocus(page, page.locator('main')).waitFor();
  await page.getByRole('heading', { name: 'Job aaaa0000' }).waitFor();
  const preserve = page.locator('button[aria-pressed]');
  await tabTo(page, preserve);
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: 'Preserved', exact: true }).waitFor();
  t.equal(await withFocus(page, preserve).count(), 1, 'it keeps the focus');
  await tabTo(page, page.locator('summary', { hasText: 'Raw JSON' }));
  await page.keyboard.press('Enter');
  await tabTo(page, page.getByRole('region', { name: 'The result as JSON' }));
  await tabTo(page, page.getByRole('region', { name: 'Log of the job' }));
  await page.getByText('The log of aaaa0000.').waitFor();
  await tabTo(page, preserve, 'Shift+Tab');
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: 'Preserve', exact: true }).waitFor();
  t.same(complaints, []);
});

t.test('filters with keys; a list that changes meanwhile leaves the focus where it is', { skip }, async (t) => {
  const { url } = await atRest();
  const { page, complaints } = await pages.open(t, `${url}/#/history`);
  const row = (id: string) => page.getByRole('row').filter({ has: page.getByRole('link', { name: id }) });
  await row('bbbb0000').waitFor();
  const status = page.getByLabel('Status');
  await tabTo(page, status);
  await page.keyboard.type('error');
  await row('aaaa0000').waitFor({ state: 'detached' });
  await row('bbbb0000').waitFor();
  t.equal(await withFocus(page, status).count(), 1);
  await page.keyboard.press('Home');
  await row('aaaa0000').waitFor();
  const link = page.getByRole('link', { name: 'bbbb0000' });
  await tabTo(page, link);
  const id = await startByApi(url);
  await endOf(url, id);
  await row(id).locator('.badge.done').waitFor();
  t.equal(await withFocus(page, link).count(), 1, 'with a row more above it');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Job bbbb0000' }).waitFor();
  t.same(complaints, []);
});
