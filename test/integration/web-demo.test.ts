import t from 'tap';
import { PageOpener, skipWithoutChromium } from '../fixtures/chromium.js';
import { startingBefore } from '../fixtures/clock-ahead.js';
import { plannedRunsOnly } from '../fixtures/recorded-run.js';
import { startTyphon } from '../fixtures/typhon-process.js';

const REAL_MS = 300_000;
const FIVE_MINUTES_MS = 300_000;
const skip = skipWithoutChromium();
const pages = new PageOpener(t);

t.test('a new user: opens the page of the demo, runs, cancels, runs again, finds both', { skip }, async (t) => {
  const place = ['--storage.path', t.testdir({}), '--web.listen-address', '127.0.0.1:0'];
  const flags = ['demo', ...place, ...(await plannedRunsOnly(t))];
  // The demo's own runs begin every five minutes: the next one shall not begin meanwhile.
  const typhon = startTyphon(t, flags, startingBefore(FIVE_MINUTES_MS, FIVE_MINUTES_MS - 1000));
  const [, url = ''] = await typhon.written(/ {2}(http:\/\/127\.0\.0\.1:\d+)\/\n/);
  const { page, complaints } = await pages.open(t, url);
  page.setDefaultTimeout(REAL_MS);
  const run = page.getByRole('button', { name: 'Run', exact: true });
  const cancel = page.getByRole('button', { name: 'Cancel', exact: true });
  const ended = (words: string) => page.locator('.run .notice').getByText(words);
  // The demo's own first run is under way.
  await page.locator('.run').getByText('schedule demo').waitFor();
  await cancel.click();
  await ended('Cancelled').waitFor();
  await typhon.written(/^The first run: cancelled\. The page: http/m);

  await run.click();
  await page.locator('.live', { hasText: /^≈ \d/ }).waitFor();
  await cancel.click();
  await ended('Cancelled').waitFor();
  await run.click();
  await page.locator('.live', { hasText: /^≈ \d/ }).waitFor();
  await ended('Done after').waitFor();
  await page.getByRole('row', { name: /Baseline \(short prompt\)/ }).waitFor();
  await page.getByRole('img', { name: /Over the context size/ }).waitFor();
  await page.getByRole('link', { name: 'History' }).click();
  const badges = page.locator('.history .badge');
  await badges.nth(2).waitFor();
  t.same(await badges.allTextContents(), ['done', 'cancelled', 'cancelled']);
  t.same(complaints, []);
});
