import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page, WebSocketRoute } from 'playwright-core';
import t from 'tap';
import { accessibilityProblems, PageOpener, skipWithoutChromium } from '../fixtures/chromium.js';
import { withFocus } from '../fixtures/keyboard.js';
import { until } from '../fixtures/typhon-process.js';
import { STALLED, sharedWebAgent, startByApi, startWebAgent } from '../fixtures/web-agent.js';

const skip = skipWithoutChromium();
const pages = new PageOpener(t);
const atRest = sharedWebAgent(t);

const run = (page: Page) => page.getByRole('button', { name: 'Run', exact: true });
const done = (page: Page) => page.locator('.run .notice').getByText('Done after').waitFor();
const stalledTest = (page: Page) => page.locator('.run-words', { hasText: '1/4 Baseline (short prompt)' });

/** What the log on the page says, without the stamps, beside what stands on disk. */
async function logs(page: Page, storage: string, id: string) {
  const shown = await page.locator('.log-line > span:last-child').allTextContents();
  const kept = logOf(storage, id)
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^\S+ /, ''));
  return { shown, kept };
}

function logOf(storage: string, id: string): string {
  return readFileSync(join(storage, 'logs', `${id}.log`), 'utf8');
}

t.test('reloaded in the middle of a run: the same state, the whole log, then the end', { skip }, async (t) => {
  const { url, storage } = await atRest(STALLED);
  const { page, complaints } = await pages.open(t, url);
  const id = await startByApi(url);
  await stalledTest(page).waitFor();
  await page.reload();
  await stalledTest(page).waitFor();
  await page.locator('.log-line', { hasText: '[1/4]' }).waitFor();
  const { shown, kept } = await logs(page, storage, id);
  t.same(shown, kept);
  await page.getByRole('button', { name: 'Cancel', exact: true }).click();
  await page.locator('.run .notice').getByText('Nothing of it was recorded.').waitFor();
  t.same(complaints, []);
});

t.test('a socket that is cut comes back; nothing of the log is lost or doubled', { skip }, async (t) => {
  const { url, storage, server } = await atRest(STALLED);
  const { page } = await pages.open(t, url);
  await run(page).waitFor();
  const opened: WebSocketRoute[] = [];
  let isCut = false;
  await page.routeWebSocket(/\/ws\?/, (socket) => {
    opened.push(socket);
    if (isCut) void socket.close({ code: 1011 });
    else socket.connectToServer();
  });
  const id = await startByApi(url);
  await page.locator('.log-line', { hasText: '[1/4]' }).waitFor();
  isCut = true;
  await opened[0]?.close({ code: 1011 });
  const interrupted = page.getByText('The live log is interrupted');
  await interrupted.waitFor();
  // The stalled request ends with its connection. The run goes on meanwhile, into its last test, which does not end by
  // itself.
  await server.set({ fault: undefined, tokenGapMs: 4 });
  await server.refuse();
  await server.listenAgain();
  await until(() => logOf(storage, id).includes('[3/4]'));
  await server.set(STALLED);
  t.equal(await page.locator('.log-line', { hasText: '[2/4]' }).count(), 0, 'of which the page knows nothing');
  await until(() => opened.length > 2);
  isCut = false;
  await interrupted.waitFor({ state: 'detached' });
  await page.locator('.run-words', { hasText: '3/4 Long generation stress' }).waitFor();
  await page.locator('.log-line', { hasText: '[3/4]' }).waitFor();
  const { shown, kept } = await logs(page, storage, id);
  t.same(shown, kept);
  t.ok(kept.some((line) => line.includes('[2/4]')));
});

t.test('an agent that is killed and started again: said so, found again, the job interrupted', { skip }, async (t) => {
  const { url, typhon, restart, server } = await startWebAgent(t, { server: STALLED });
  const { page } = await pages.open(t, url);
  await run(page).click();
  await stalledTest(page).waitFor();
  typhon.kill('SIGKILL');
  await typhon.ended();
  const banner = page.locator('.banner').getByText('The agent does not answer.');
  await banner.waitFor();
  t.equal(await page.locator('.banners[role=status]').count(), 1, 'it is read out');
  const next = await restart();
  await banner.waitFor({ state: 'detached' });
  await page.locator('.run').getByText('Interrupted.').waitFor();
  await server.set({ fault: undefined });
  await run(page).click();
  await done(page);
  await page.locator('.targets').getByText('answers', { exact: true }).waitFor();
  // A server that has gone away is found to be gone by whoever asks it next.
  await server.close();
  next.kill('SIGTERM');
  await next.ended();
  await banner.waitFor();
  await restart();
  await page.locator('.targets').getByText('does not answer').waitFor();
  await page.locator('.dot.down').waitFor();
  await run(page).click();
  await page.locator('.run .notice').getByText('Failed after').waitFor();
});

const PROTECTED = { web: { auth: { bearer_token: 'open-sesame', protect: 'all' } } };

t.test('a token is asked for once, kept for the tab, and asked anew in another one', { skip }, async (t) => {
  const { url } = await startWebAgent(t, { config: PROTECTED });
  const { page } = await pages.open(t, url);
  const dialog = page.getByRole('dialog', { name: 'This agent asks for a token' });
  const token = dialog.getByLabel('Token', { exact: true });
  await dialog.waitFor();
  t.same(await accessibilityProblems(page), []);
  await withFocus(page, token).waitFor();
  await token.fill('wrong');
  await page.keyboard.press('Enter');
  await dialog.getByText('The token is not the right one.').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('.banner').getByText('The token is not the right one.').waitFor();
  const signIn = page.getByRole('button', { name: 'Sign in' });
  await signIn.click();
  await dialog.waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await withFocus(page, signIn).waitFor();
  await signIn.click();
  await token.fill('open-sesame');
  await dialog.getByRole('button', { name: 'Use it' }).click();
  await run(page).click();
  await done(page);
  await page.reload();
  await page.locator('.result table').waitFor();
  t.equal(await dialog.count(), 0);
  const kept = await page.evaluate<string[]>(
    '[Object.values(sessionStorage), Object.values(localStorage), document.cookie, location.href].map(String)',
  );
  t.same(
    kept.map((text) => text.includes('open-sesame')),
    [true, false, false, false],
    'for this tab alone',
  );
  const other = await page.context().newPage();
  await other.goto(url);
  await other.getByRole('dialog').waitFor();
  await other.getByRole('button', { name: 'Not now' }).click();
  await other.getByText('This needs a token').waitFor();
  t.equal(await other.getByRole('dialog').count(), 0);
});

t.test('where reading is free the token is asked for by the first change', { skip }, async (t) => {
  const { url } = await startWebAgent(t, { config: { web: { auth: { bearer_token: 'open-sesame' } } } });
  const { page } = await pages.open(t, url);
  await run(page).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Token', { exact: true }).fill('open-sesame');
  await page.keyboard.press('Enter');
  await done(page);
});

t.test('a page that is older than its agent offers to reload', { skip }, async (t) => {
  const { url } = await atRest();
  const { page } = await pages.open(t, url);
  await run(page).waitFor();
  await page.route(/\/status$/, async (route) => {
    const status = (await (await route.fetch()).json()) as object;
    await route.fulfill({ json: { ...status, page_build: 'another' } });
  });
  await page.getByText('The agent was updated and brings a newer page.').waitFor();
  await page.unroute(/\/status$/);
  await page.getByRole('button', { name: 'Reload' }).click();
  await run(page).waitFor();
  t.equal(await page.getByText('The agent was updated').count(), 0);
});
