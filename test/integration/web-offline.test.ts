import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { openPageFiles } from '../../src/api/page-files.js';
import { apiBench } from '../fixtures/api-bench.js';
import { accessibilityProblems, PageOpener, skipWithoutChromium } from '../fixtures/chromium.js';
import { halfADayAhead } from '../fixtures/far-schedule.js';
import { until } from '../fixtures/typhon-process.js';
import { endOf, startByApi, startWebAgent } from '../fixtures/web-agent.js';

const skip = skipWithoutChromium();
const pages = new PageOpener(t);
const WITH_WORKER = { serviceWorkers: 'allow' } as const;
const PROTECTED = { web: { auth: { bearer_token: 'open-sesame', protect: 'changes' } } };

const offline = (page: Page) => page.locator('.banner', { hasText: 'Offline: as of' });

/** Addresses by cache. */
async function caches(page: Page): Promise<Readonly<Record<string, readonly string[]>>> {
  return page.evaluate<Record<string, string[]>>(
    `(async () => Object.fromEntries(await Promise.all((await caches.keys()).map(async (name) =>
      [name, (await (await caches.open(name)).keys()).map(({ url }) => url)]))))()`,
  );
}

/** Resolves once the browser keeps an answer to each of these paths. */
async function kept(page: Page, url: string, paths: readonly string[]): Promise<void> {
  await until(async () => {
    const answers = Object.entries(await caches(page)).flatMap(([name, urls]) => (/ answers /.test(name) ? urls : []));
    return paths.every((path) => answers.includes(new URL(path, url).href));
  });
}

/** The overview of an agent's first run, all of it kept, with the agent killed since. */
async function killedAfterRun(t: Test) {
  const { url, storage, typhon, restart } = await startWebAgent(t);
  await endOf(url, await startByApi(url));
  const { page } = await pages.open(t, url, WITH_WORKER);
  await page.locator('.result table').waitFor();
  await kept(page, url, ['status', 'cards', 'report', 'jobs?status=done&limit=30']);
  typhon.kill('SIGKILL');
  await typhon.ended();
  return { url, storage, restart, page };
}

t.test('what was seen is there without the agent, with its age, and fresh once it is back', { skip }, async (t) => {
  const { url, restart, page } = await killedAfterRun(t);
  await page.reload();
  await offline(page).waitFor();
  t.match(
    await offline(page).textContent(),
    // With the day where that was before midnight.
    /Offline: as of (?:\d+ \w+(?: \d+)?, )?\d\d:\d\d, (?:just now|\d+ minutes? ago)\. The agent does not answer\. Nothing can be started or changed meanwhile\./,
  );
  await page.locator('.result table').waitFor();
  await page.locator('.verdict').getByText('As last seen').waitFor();
  t.equal(await page.locator('.good, .dot.up').count(), 0, 'nothing is called well');
  t.same(await accessibilityProblems(page), []);
  await page.emulateMedia({ colorScheme: 'dark' });
  t.same(await accessibilityProblems(page), []);
  await page.setViewportSize({ width: 320, height: 640 });
  t.equal(await page.evaluate('document.documentElement.scrollWidth'), 320);
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.getByRole('link', { name: 'Models', exact: true }).click();
  await page.locator('main').getByText('The agent does not answer.').waitFor();
  const next = await restart();
  await offline(page).waitFor({ state: 'detached' });
  await page.locator('main table').waitFor();
  await kept(page, url, ['models']);
  next.kill('SIGKILL');
  await next.ended();
  await offline(page).waitFor();
  await page.reload();
  await page.locator('main table').waitFor();
  await offline(page).waitFor();
});

/** Of the buttons with these names: which of them do nothing now, and what they say of it. */
async function idle(page: Page, names: readonly string[]): Promise<readonly string[]> {
  const said: string[] = [];
  for (const name of names) {
    const button = page.getByRole('button', { name, exact: true });
    await button.waitFor();
    if ((await button.getAttribute('aria-disabled')) !== 'true') continue;
    const why = page.locator(`[id="${await button.getAttribute('aria-describedby')}"]`);
    said.push(`${name}: ${await button.getAttribute('title')} ${await why.textContent()}`);
  }
  return said;
}

t.test('what the agent would have to do says why it is not done while the agent is away', { skip }, async (t) => {
  const { url, typhon, restart } = await startWebAgent(t, {
    config: {
      schedules: [{ name: 'nightly', cron: `${halfADayAhead()} * * *`, mode: 'quick' }],
      notifications: [{ kind: 'webhook', name: 'hook', url: 'http://127.0.0.1:9/' }],
    },
  });
  const id = await startByApi(url);
  await endOf(url, id);
  const buttons = {
    '#/': ['Run', 'Pause schedule nightly'],
    '#/settings': ['Run nightly now', 'Pause schedule nightly', 'Test channel hook'],
    '#/history': ['CSV', 'JSON'],
    [`#/jobs/${id}`]: ['Preserve'],
  };
  const opened = await Promise.all(
    Object.entries(buttons).map(async ([hash, names]) => {
      const { page } = await pages.open(t, `${url}/${hash}`);
      t.same(await idle(page, names), [], hash);
      return { page, names, hash };
    }),
  );
  typhon.kill('SIGKILL');
  await typhon.ended();
  for (const { page, names, hash } of opened) {
    await page.locator('.banner').getByText('The agent does not answer.').waitFor();
    const said = await idle(page, names);
    t.equal(said.length, names.length, hash);
    for (const words of said) {
      t.match(words, /: Not now: The agent does not answer\. .*Nothing can be started or changed meanwhile\./);
    }
    t.same(await accessibilityProblems(page), [], hash);
  }
  const [{ page } = { page: undefined }] = opened;
  if (page === undefined) throw new Error('expected pages');
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.method()));
  await page.setViewportSize({ width: 320, height: 400 });
  const button = page.getByRole('button', { name: 'Run', exact: true });
  await button.focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction("document.getElementById('away').getBoundingClientRect().top >= 0");
  t.notOk(asked.includes('POST'));
  t.equal(await page.evaluate('document.activeElement.textContent'), 'Run', 'the focus stays');
  await restart();
  await page.locator('.run button[aria-disabled=false]').waitFor();
  await page.keyboard.press('Enter');
  await page.locator('.run .notice').getByText('Done after').waitFor();
});

t.test('another installation at the same address shows nothing of the one before', { skip }, async (t) => {
  const { url, storage, restart, page } = await killedAfterRun(t);
  await offline(page).waitFor();
  rmSync(storage, { recursive: true });
  mkdirSync(storage);
  const next = await restart();
  await page.getByText('No run yet: press').waitFor();
  await offline(page).waitFor({ state: 'detached' });
  t.equal(await page.locator('.result table, .target-card').count(), 0);
  await kept(page, url, ['status']);
  next.kill('SIGKILL');
  await next.ended();
  await page.reload();
  await offline(page).waitFor();
  await page.locator('.verdict').getByText('As last seen').waitFor();
  t.equal(await page.locator('.result table, .target-card').count(), 0, 'nor once nobody answers');
});

t.test('an answer that a token was sent for stays nowhere', { skip }, async (t) => {
  const { url, typhon } = await startWebAgent(t, { config: PROTECTED });
  const { page } = await pages.open(t, url, WITH_WORKER);
  await kept(page, url, ['status']);
  await page.evaluate("sessionStorage.setItem('typhon.token', 'open-sesame')");
  await page.evaluate("caches.keys().then((names) => caches.delete(names.find((name) => name.includes(' answers '))))");
  await page.reload();
  await page.locator('.targets').getByText('answers', { exact: true }).waitFor();
  typhon.kill('SIGKILL');
  await typhon.ended();
  await page.reload();
  await page.locator('.banner').getByText('The agent does not answer.').waitFor();
  t.equal(await offline(page).count(), 0);
  t.same(
    Object.keys(await caches(page)).filter((name) => name.includes(' answers ')),
    [],
  );
});

t.test("an update's worker replaces the old one, and all that it kept", { skip }, async (t) => {
  let build = '';
  let shown = 'an-old-build';
  const files = await openPageFiles(async (name) => {
    if (!/\.(?:html|js)(?:\.br)?$/.test(name)) return readFileSync(resolve('dist/web', name));
    const text = readFileSync(resolve('dist/web', name.replace(/\.br$/, '')), 'utf8');
    const bytes = Buffer.from(text.replaceAll(`"${build}"`, `"${shown}"`));
    return name.endsWith('.br') ? brotliCompressSync(bytes) : bytes;
  });
  build = files?.build ?? '';
  const { url } = await apiBench(t, { services: { page: files } });
  const { page } = await pages.open(t, url, WITH_WORKER);
  const bearsBuild = () => page.locator('meta[name=typhon-build]').getAttribute('content');
  await kept(page, url, ['status']);
  t.same(Object.keys(await caches(page)).sort(), ['typhon / answers an-old-build', 'typhon / page an-old-build']);
  t.equal(await bearsBuild(), 'an-old-build');
  shown = build;
  await page.reload();
  // By name alone: one that is opened just after its removal would be there again.
  const names = () => page.evaluate<string[]>('caches.keys()');
  await until(async () => (await names()).every((name) => name.endsWith(` ${build}`)));
  await kept(page, url, ['status']);
  t.same(Object.keys(await caches(page)).sort(), [`typhon / answers ${build}`, `typhon / page ${build}`]);
  t.equal(await bearsBuild(), build);
  await page.context().setOffline(true);
  await page.reload();
  await offline(page).waitFor();
  t.equal(await bearsBuild(), build);
});
