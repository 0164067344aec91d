import { readFile } from 'node:fs/promises';
import t from 'tap';
import { accessibilityProblems, PageOpener, screenshot, skipWithoutChromium } from '../fixtures/chromium.js';
import { writePast } from '../fixtures/page-history.js';
import { sharedWebAgent } from '../fixtures/web-agent.js';

const skip = skipWithoutChromium();
const pages = new PageOpener(t);
const atRest = sharedWebAgent(t, { seed: (storage) => writePast(storage, { older: 60 }) });

t.test(
  'figures and findings stand in the list; a filter is in the address and survives a reload',
  { skip },
  async (t) => {
    const { url } = await atRest();
    const { page, complaints } = await pages.open(t, `${url}/#/history`);
    const rows = page.locator('.history tbody tr');
    const done = rows.filter({ hasText: 'aaaa0000' });
    for (const words of ['hermes-3', 'workstation', '82.5 tok/s', '120 ms', '1 of 6 tests failed']) {
      await done.getByText(words).waitFor();
    }
    await page.getByRole('button', { name: 'Older' }).click();
    await page.getByText('Page 2 of 3').waitFor();
    t.match(page.url(), /page=2/);
    await page.getByRole('combobox', { name: 'Status' }).selectOption('done');
    await done.waitFor();
    t.equal(await rows.count(), 1);
    t.match(page.url(), /status=done$/, 'other jobs begin at their first page');
    await page.reload();
    await done.waitFor();
    t.equal(await rows.count(), 1);
    t.equal(await page.getByRole('combobox', { name: 'Status' }).inputValue(), 'done');
    await page.goBack();
    await page.getByText('Page 2 of 3').waitFor();
    t.same(complaints, []);
  },
);

t.test('what is shown is saved as CSV and JSON, all of its pages', { skip }, async (t) => {
  const { url } = await atRest();
  const { page, complaints } = await pages.open(t, `${url}/#/history?status=cancelled`);
  const saved = async (name: string) => {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name }).click()]);
    t.match(download.suggestedFilename(), `typhon-history.${name.toLowerCase()}`);
    return readFile(await download.path(), 'utf8');
  };
  const csv = (await saved('CSV')).trimEnd().split('\r\n');
  t.match(csv[0], /^job_id,status,/);
  t.equal(csv.length, 62);
  const json = JSON.parse(await saved('JSON')) as { total: number; entries: object[] };
  t.match(json, { total: 61, entries: { length: 61 } });
  t.same(complaints, []);
});

t.test('what there is not is told, and leads back; on a narrow screen too', { skip }, async (t) => {
  const { url } = await atRest();
  const viewport = { width: 320, height: 700 };
  const { page, complaints } = await pages.open(t, `${url}/#/history?finding=gpu_lost&model=gone`, { viewport });
  await page.getByText('No job is like that.').waitFor();
  t.equal(await page.getByRole('combobox', { name: 'Model' }).inputValue(), 'gone');
  t.same(await accessibilityProblems(page), []);
  await page.getByRole('button', { name: 'Show all' }).click();
  await page.locator('.history tbody tr').nth(24).waitFor();
  t.equal(page.url(), `${url}/#/history`);
  t.same(await accessibilityProblems(page), []);
  const widths = await page.evaluate<number[]>('[document.documentElement.scrollWidth, innerWidth]');
  t.ok((widths[0] ?? 0) <= (widths[1] ?? 0), `${widths}`);
  await screenshot(page, 'history-320');
  await page.goto(`${url}/#/history?page=99`);
  await page.getByText('There is no such page.').waitFor();
  t.same(complaints, []);
});
