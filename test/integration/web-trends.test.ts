import type { Page } from 'playwright-core';
import t from 'tap';
import { storagePaths } from '../../src/chronicle/storage.js';
import { readResets } from '../../src/judging/trend-records.js';
import { accessibilityProblems, PageOpener, screenshot, skipWithoutChromium } from '../fixtures/chromium.js';
import { writePast } from '../fixtures/page-history.js';
import { sharedWebAgent } from '../fixtures/web-agent.js';

const skip = skipWithoutChromium();
const pages = new PageOpener(t);
const atRest = sharedWebAgent(t, { seed: (storage) => writePast(storage) });

// The history that is written there: sixty runs from the first of January on, slower from the thirteenth.
const drawn = 'from=2026-01-10T00:00:00.000Z&to=2026-01-15T00:00:00.000Z';

const plotOf = (page: Page) => page.locator('.trend .u-over').first();
const readout = (page: Page) => page.locator('.trend .readout').first();

async function boxOf(page: Page) {
  await plotOf(page).scrollIntoViewIfNeeded();
  const box = await plotOf(page).boundingBox();
  if (box === null) throw new Error('expected a plot');
  return box;
}

t.test('a time, drawn out or chosen, stands in the address and survives a reload', { skip }, async (t) => {
  const { url } = await atRest();
  const { page, complaints } = await pages.open(t, `${url}/#/trends`, { colorScheme: 'light' });
  await page.getByText('GPU driver 550.54.14 → 560.35.03').first().waitFor();
  const box = await boxOf(page);
  await page.mouse.move(box.x + box.width * 0.5, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.9, box.y + 40, { steps: 4 });
  await page.mouse.up();
  await page.waitForURL(/from=2026-01-0\d.*&to=2026-01-1\d/);
  const zoomed = page.url();
  await page.reload();
  await page.getByRole('heading', { name: 'Changed in this time' }).waitFor();
  t.equal(page.url(), zoomed);
  t.equal(await page.getByLabel('Range').inputValue(), 'drawn');
  await page.getByLabel('Range').selectOption('24 hours');
  await page.getByText('No run of this time. Choose a longer one.').waitFor();
  t.match(page.url(), /range=24h/);
  t.notMatch(page.url(), /from=/);
  await page.goBack();
  await plotOf(page).waitFor();
  t.equal(page.url(), zoomed);
  t.same(complaints, []);
});

t.test('a run tells its value under the pointer, opens with a click, and stands in a table', { skip }, async (t) => {
  const { url } = await atRest();
  const { page, complaints } = await pages.open(t, `${url}/#/trends?${drawn}&figure=decode_speed`);
  await plotOf(page).waitFor();
  await readout(page).getByText('Point at a run').waitFor();
  const box = await boxOf(page);
  await page.mouse.move(box.x + box.width * 0.2, box.y + 40);
  await readout(page)
    .getByText(/10|11 Jan.*: 8\d\.\d tokens\/s/)
    .waitFor();
  await page.mouse.move(box.x + box.width * 0.9, box.y + 40);
  await readout(page)
    .getByText(/14 Jan.*: 7\d\.\d tokens\/s/)
    .waitFor();
  await page.locator('.trend summary').first().click();
  const links = page.locator('.trend .runs a');
  await links.nth(19).waitFor();
  t.equal(await links.count(), 20);
  t.same(await accessibilityProblems(page), []);
  await page.mouse.click(box.x + box.width * 0.5, box.y + 40);
  await page.waitForURL(/#\/jobs\/[0-9a-f]{8}$/);
  await page.getByText(/Job '[0-9a-f]{8}' not found/).waitFor();
  t.same(
    complaints.filter((words) => !words.includes('404')),
    [],
  );
});

t.test(
  'what is worse can be said to be none, or to be the new normal, with a reason that stays',
  { skip },
  async (t) => {
    const { url, storage } = await atRest();
    const { page, complaints } = await pages.open(t, `${url}/#/trends?${drawn}`, {
      viewport: { width: 320, height: 700 },
    });
    const dismiss = page.getByRole('button', { name: 'Not a regression' });
    await dismiss.click();
    await page.getByRole('alert').getByText('A reason is needed').waitFor();
    await page.getByLabel('What is known of it?').fill('a game ran');
    t.same(await accessibilityProblems(page), []);
    await screenshot(page, 'trends-320');
    const widths = await page.evaluate<number[]>('[document.documentElement.scrollWidth, innerWidth]');
    t.ok((widths[0] ?? 0) <= (widths[1] ?? 0), `${widths}`);
    await dismiss.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('status').getByText('Not a regression: kept for 3 tests.').waitFor();
    await dismiss.waitFor({ state: 'detached' });
    await page.getByText(/: not a regression – a game ran/).waitFor();
    t.equal(await page.locator('.worse-note').count(), 0);
    t.equal(await page.evaluate('document.activeElement.id'), 'trends-title', 'the keyboard goes on at the title');
    await page.reload();
    await page.getByText(/: not a regression – a game ran/).waitFor();
    t.match(await readResets(storagePaths(storage)), [{ kind: 'not_a_regression', reason: 'a game ran' }]);
    t.same(complaints, []);
  },
);
