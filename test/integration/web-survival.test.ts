import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page, WebSocketRoute } from 'playwright-core';
import t from 'tap';
import { accessibilityProblems, PageOpener, skipWithoutChromium } from '../fixtures/chromium.js';
import { STALLED, startByApi, startWebAgent } from '../fixtures/web-agent.js';

t.setTimeout(600_000);
const skip = skipWithoutChromium();
const pages = new PageOpener(t);

const run = (page: Page) => page.getByRole('button', { name: 'Run', exact: true });
const stalledTest = (page: Page) => page.locator('.run-words', { hasText: '1/3 Baseline (short prompt)' });

/** What the log on the page says, without the stamps, beside what stands on disk. */
async function logs(page: Page, storage: string, id: string) {
  const shown = await page.locator('.log-line > span:last-child').allTextContents();
  const lines = readFileSync(join(storage, 'logs', `${id}.log`), 'utf8')
    .trimEnd()
    .split('\n');
  return { shown, kept: lines.map((line) => line.replace(/^\S+ /, '')) };
}

t.test('reloaded in the middle of a run: the same state, the whole log, then the end', { skip }, async (t) => {
  const { url, storage, server } = await startWebAgent(t, { server: STALLED });
  const { page } = await pages.open(url);
  const id = await startByApi(url);
  await stalledTest(page).waitFor();
  await page.reload();
  await stalledTest(page).waitFor();
  await page.locator('.log-line', { hasText: '[1/3]' }).waitFor();
  const { shown, kept } = await logs(page, storage, id);
  t.same(shown, kept);
  await server.set({ fault: undefined });
  await page.getByRole('button', { name: 'Cancel', exact: true }).click();
  await page.getByText('Nothing of it was recorded.').waitFor();
});

t.test('a socket that is cut comes back; nothing of the log is lost or doubled', { skip }, async (t) => {
  const { url, storage } = await startWebAgent(t, { server: STALLED });
  const { page } = await pages.open(url);
  await run(page).waitFor();
  const cut: WebSocketRoute[] = [];
  await page.routeWebSocket(/\/ws\?/, (socket) => {
    socket.connectToServer();
    cut.push(socket);
  });
  const id = await startByApi(url);
  await page.locator('.log-line', { hasText: '[1/3]' }).waitFor();
  await cut[0]?.close({ code: 1011 });
  await page.getByText('The live log is interrupted').waitFor();
  await page.getByText('The live log is interrupted').waitFor({ state: 'detached' });
  t.equal(cut.length, 2);
  await stalledTest(page).waitFor();
  const { shown, kept } = await logs(page, storage, id);
  t.same(shown, kept);
});

t.test('an agent that is killed and started again: said so, found again, the job interrupted', { skip }, async (t) => {
  const { url, typhon, restart, server } = await startWebAgent(t, { server: STALLED });
  const { page } = await pages.open(url);
  await run(page).click();
  await stalledTest(page).waitFor();
  typhon.kill('SIGKILL');
  await typhon.ended();
  const banner = page.getByText('The agent does not answer.');
  await banner.waitFor();
  await restart();
  await banner.waitFor({ state: 'detached' });
  await page.locator('.run').getByText('Interrupted.').waitFor();
  await server.set({ fault: undefined });
  await run(page).click();
  await page.getByText('Done after').waitFor();
});

t.test('a token is asked for once, kept for the tab, and asked anew in another one', { skip }, async (t) => {
  const auth = { web: { auth: { bearer_token: 'open-sesame', protect: 'all' } } };
  const { url } = await startWebAgent(t, { config: auth });
  const { page } = await pages.open(url);
  const dialog = page.getByRole('dialog', { name: 'This agent asks for a token' });
  await dialog.waitFor();
  t.same(await accessibilityProblems(page), []);
  await dialog.getByLabel('Token', { exact: true }).fill('wrong');
  await dialog.getByRole('button', { name: 'Use it' }).click();
  await dialog.getByText('The token is not the right one.').waitFor();
  await dialog.getByLabel('Token', { exact: true }).fill('open-sesame');
  await page.keyboard.press('Enter');
  await run(page).click();
  await page.getByText('Done after').waitFor();
  await page.reload();
  await page.locator('.result table').waitFor();
  t.equal(await dialog.count(), 0);
  const other = await page.context().newPage();
  await other.goto(url);
  await other.getByRole('dialog').waitFor();
  await other.getByRole('button', { name: 'Not now' }).click();
  await other.getByText('This needs a token').waitFor();
  t.equal(await other.getByRole('dialog').count(), 0);
});

t.test('where reading is free the token is asked for by the first change', { skip }, async (t) => {
  const { url } = await startWebAgent(t, { config: { web: { auth: { bearer_token: 'open-sesame' } } } });
  const { page } = await pages.open(url);
  await run(page).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Token', { exact: true }).fill('open-sesame');
  await page.keyboard.press('Enter');
  await page.getByText('Done after').waitFor();
});

t.test('a page that is older than its agent offers to reload', { skip }, async (t) => {
  const { url } = await startWebAgent(t);
  const { page } = await pages.open(url);
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
