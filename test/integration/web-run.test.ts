import type { Page, Route } from 'playwright-core';
import t from 'tap';
import { PageOpener, skipWithoutChromium } from '../fixtures/chromium.js';
import { startingBefore } from '../fixtures/clock-ahead.js';
import { recordTexts } from '../fixtures/recorded-texts.js';
import { endOf, QUICK, STALLED, sharedWebAgent, startByApi, startWebAgent } from '../fixtures/web-agent.js';

const skip = skipWithoutChromium();
const pages = new PageOpener(t);
// Of runs beyond the plan the page tells as well.
const atRest = sharedWebAgent(t, { config: { benchmark: { extra_time: '5s' } } });

const run = (page: Page) => page.getByRole('button', { name: 'Run', exact: true });
const cancel = (page: Page) => page.getByRole('button', { name: 'Cancel', exact: true });
const panel = (page: Page, state: string) => page.locator(`.run[data-state=${state}]`);
const notice = (page: Page) => page.locator('.run .notice');
const cancelled = (page: Page) => notice(page).getByText('Nothing of it was recorded.').waitFor();
const done = (page: Page) => notice(page).getByText('Done after').waitFor();

/** Holds back the answer to the next matching request; the returned function lets it come. */
async function held(page: Page, pattern: RegExp): Promise<() => void> {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const hold = async (route: Route) => {
    await released;
    await route.continue();
  };
  await page.route(pattern, hold, { times: 1 });
  return release;
}

/** Red, green and blue of the cancel button's words, 0–255. */
async function cancelColour(page: Page): Promise<readonly number[]> {
  const text = await page.evaluate<string>("getComputedStyle(document.querySelector('.run button.danger')).color");
  return (/\d+, \d+, \d+/.exec(text)?.[0] ?? '').split(', ').map(Number);
}

t.test('idle, starting, running with progress, log and live speed, done with the result', { skip }, async (t) => {
  // Slow enough for the page to draw every state, whatever else the machine does.
  const { url } = await atRest({ tokenGapMs: 3 });
  const { page, complaints } = await pages.open(t, url);
  await page.getByText('No run yet: press').waitFor();
  await page.getByText(/No run of .*workstation yet/).waitFor();
  await page
    .getByText(/^How long it takes shows after the first one; tests that vary are repeated for \d+ s at most\.$/)
    .waitFor();
  t.equal(await run(page).isEnabled(), true);
  const release = await held(page, /\/jobs\/run/);
  await run(page).click();
  const starting = page.getByRole('button', { name: 'Starting…' });
  t.equal(await starting.isDisabled(), true);
  t.equal(await starting.locator('.spinner').isVisible(), true);
  const words = await recordTexts(page, '.run-words');
  const speeds = await recordTexts(page, '.live');
  release();
  await panel(page, 'active').waitFor();
  t.equal(await cancel(page).isEnabled(), true);
  t.equal(await page.locator('.run-head .spinner').isVisible(), true);
  await page.locator('.log-line', { hasText: '[3/4] Long generation stress' }).waitFor();
  await done(page);
  t.equal(await run(page).isEnabled(), true);
  const tests = ['1/4 Baseline (short prompt)', '2/4 Context sweep — 2,048 tokens', '3/4 Long generation stress'];
  t.same(
    (await words()).filter((text) => tests.includes(text)),
    tests,
  );
  const seen = await speeds();
  t.ok(
    seen.some((text) => /^≈ [\d,.]+$/.test(text)),
    `${seen}`,
  );
  await page.getByRole('row', { name: /Long generation stress/ }).waitFor();
  await page.getByText(/^Takes about/).waitFor();
  await page.getByText(/ on workstation has 1 of the 5 runs/).waitFor();
  await page.getByText('Raw JSON').click();
  await page.locator('.json', { hasText: '"workload_version": 1' }).waitFor();
  t.same(complaints, []);
});

t.test('cancelled at its start and in its middle; then it runs to its end', { skip }, async (t) => {
  const { url, server } = await atRest(STALLED);
  const { page, complaints } = await pages.open(t, url);
  await run(page).click();
  await cancel(page).click();
  await cancelled(page);
  t.equal(await run(page).isEnabled(), true);
  await run(page).click();
  await page.locator('.run-words', { hasText: '1/4 Baseline' }).waitFor();
  const [red = 0, green = 255, blue = 255] = await cancelColour(page);
  t.ok(red > 2 * green && red > 2 * blue, 'it is red');
  t.equal(await cancel(page).locator('svg path').count(), 1, 'with a cross');
  const release = await held(page, /\/cancel$/);
  await cancel(page).click();
  const cancelling = page.getByRole('button', { name: 'Cancelling…' });
  t.equal(await cancelling.isDisabled(), true);
  await page.locator('.run-words', { hasText: 'Cancelling…' }).waitFor();
  release();
  await cancelled(page);
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await panel(page, 'idle').waitFor();
  await server.set({ fault: undefined });
  await run(page).click();
  await done(page);
  t.same(complaints, []);
});

t.test('a run that fails says why, and the next one can start', { skip }, async (t) => {
  const { url, server } = await atRest({ fault: { kind: 'status', status: 500, body: 'empty' } });
  const { page, complaints } = await pages.open(t, url);
  await run(page).click();
  await notice(page).getByText('The server answered with an error. (http_error)').waitFor();
  t.equal(await run(page).isEnabled(), true);
  await server.set({ fault: undefined });
  await run(page).click();
  await done(page);
  t.same(complaints, []);
});

t.test('a run of a script or of another tab shows in every tab', { skip }, async (t) => {
  const { url, server } = await atRest(STALLED);
  const first = await pages.open(t, url);
  const second = await pages.open(t, url);
  const id = await startByApi(url);
  for (const { page } of [first, second]) {
    await page.locator('.run-words', { hasText: '1/4 Baseline (short prompt)' }).waitFor();
    await page.locator('.run').getByRole('link', { name: id }).waitFor();
    await page.locator('.run').getByText('the page or the API').waitFor();
  }
  await cancel(second.page).click();
  for (const { page } of [first, second]) await cancelled(page);
  await server.set({ ...QUICK, fault: undefined });
  await run(second.page).click();
  for (const { page } of [first, second]) await done(page);
  t.same([...first.complaints, ...second.complaints], []);
});

t.test('a run of the schedule shows in every tab', { skip }, async (t) => {
  const { url } = await startWebAgent(t, {
    ...startingBefore(60_000, 5_000),
    server: STALLED,
    config: { schedules: [{ name: 'each-minute', cron: '* * * * *', mode: 'quick', when_busy: 'run' }] },
  });
  const tabs = [await pages.open(t, url), await pages.open(t, url)];
  for (const { page } of tabs) {
    await page.locator('.run-words', { hasText: '1/4 Baseline (short prompt)' }).waitFor();
    await page.locator('.run').getByText('schedule each-minute').waitFor();
  }
});

t.test('a job in the way is explained, and leads to it', { skip }, async (t) => {
  const { url, server } = await atRest(STALLED);
  const { page } = await pages.open(t, url);
  await run(page).waitFor();
  // The page still believes that nothing runs.
  const idle = await (await fetch(`${url}/status`)).text();
  await page.route(/\/status$/, (route) => route.fulfill({ body: idle, contentType: 'application/json' }));
  const id = await startByApi(url);
  await run(page).click();
  await notice(page).getByText('Not started: another benchmark is under way.').waitFor();
  await page.unroute(/\/status$/);
  await cancel(page).waitFor();
  t.equal(await notice(page).count(), 1, 'it still says why');
  await notice(page)
    .getByRole('link', { name: `Job ${id}` })
    .click();
  await page.getByRole('heading', { name: `Job ${id}` }).waitFor();
  await page.goBack();
  await notice(page).getByRole('button', { name: 'Run it afterwards' }).click();
  await page.getByText('Waiting:').waitFor();
  await server.set({ ...QUICK, fault: undefined });
  await cancel(page).click();
  await done(page);
  const jobs = (await (await fetch(`${url}/jobs?limit=2`)).json()) as { job_id: string; status: string }[];
  t.same(
    jobs.map(({ status }) => status),
    ['done', 'cancelled'],
  );
  t.equal(await endOf(url, id), 'cancelled');
});

t.test('the mode and the target that were chosen are the ones that run', { skip }, async (t) => {
  const { url, server } = await atRest(STALLED);
  const { page } = await pages.open(t, url);
  await page.getByRole('radio', { name: /^Full/ }).check();
  await page.getByLabel('Target').selectOption('Another address…');
  await page.getByRole('textbox', { name: 'Address' }).fill(server.url);
  await page.getByLabel('Model, if it has several').fill('fake-model');
  await page.getByLabel('Model, if it has several').press('Enter');
  await page.locator('.run-words', { hasText: '1/' }).waitFor();
  const [job] = (await (await fetch(`${url}/jobs`)).json()) as { mode: string; model: string; target: string }[];
  // An address that is configured goes by its name.
  t.match(job, { mode: 'full', model: 'fake-model', target: 'workstation' });
  await cancel(page).click();
  await cancelled(page);
});
