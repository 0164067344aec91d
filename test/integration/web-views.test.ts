import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { accessibilityProblems, PageOpener, screenshot, skipWithoutChromium } from '../fixtures/chromium.js';
import { fakeSmiEnv } from '../fixtures/fake-nvidia-smi.js';
import { halfADayAhead } from '../fixtures/far-schedule.js';
import { comparedRuns, pastJobs, writeEarlierRun, writePast } from '../fixtures/page-history.js';
import { endOf, STALLED, sharedWebAgent, startByApi, startWebAgent } from '../fixtures/web-agent.js';

const skip = skipWithoutChromium();
const pages = new PageOpener(t);

const override = join(t.testdir({}), 'gpus.json');
const atRest = sharedWebAgent(t, {
  seed: (storage) => {
    writePast(storage, { older: 1000 });
    writeEarlierRun(storage);
  },
  config: {
    schedules: [{ name: 'nightly', cron: `${halfADayAhead()} * * *`, mode: 'quick' }],
    gpu: { interval: '50ms', idle_interval: '1s' },
  },
  env: fakeSmiEnv('two-gpus', { FAKE_SMI_OVERRIDE: override }),
});

const views = [
  { name: 'overview', hash: '#/', sign: '.result table' },
  { name: 'trends', hash: '#/trends', sign: '.trend canvas' },
  { name: 'history', hash: '#/history', sign: '.history tbody tr' },
  { name: 'models', hash: '#/models', sign: '.models tbody tr' },
  { name: 'compare', hash: `#/compare?${comparedRuns.map((id) => `run=${id}`).join('&')}`, sign: '.figure table' },
  { name: 'machine', hash: '#/machine', sign: '#agent-title' },
  { name: 'settings', hash: '#/settings', sign: '.settings tbody tr' },
  { name: 'job', hash: '#/jobs/aaaa0000', sign: '.result table' },
] as const;

/** How many points of the first trend are of the translucent band, and how many of the colour of what became worse. */
const PAINTED = `(() => {
  const canvas = document.querySelector('.trend canvas');
  const count = { band: 0, worse: 0 };
  if (canvas === null || canvas.width === 0) return count;
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] === 0x1f && data[at + 2] > data[at]) count.band += 1;
    if (data[at] === 0xb3 && data[at + 1] === 0x26 && data[at + 2] === 0x1e) count.worse += 1;
  }
  return count;
})()`;

interface Painted {
  readonly band: number;
  readonly worse: number;
}

/** Asked from here: what the page itself would ask again and again, its policy has refused from the second time on. */
async function isPainted(page: Page, isAsWanted: (painted: Painted) => boolean): Promise<void> {
  while (!isAsWanted(await page.evaluate<Painted>(PAINTED))) await page.evaluate('new Promise(requestAnimationFrame)');
}

async function isAccessible(t: Test, page: Page, name: string): Promise<void> {
  t.same(await accessibilityProblems(page), [], `${name} is accessible`);
}

async function fits(t: Test, page: Page, name: string): Promise<void> {
  const widths = await page.evaluate<number[]>('[document.documentElement.scrollWidth, innerWidth]');
  t.ok((widths[0] ?? 0) <= (widths[1] ?? 0), `${name}: ${widths}`);
}

t.test('every view, light, dark and on a phone: complete, accessible, without a complaint', { skip }, async (t) => {
  const { url } = await atRest();
  const looks = [
    { look: 'light', options: { colorScheme: 'light' } },
    { look: 'dark', options: { colorScheme: 'dark' } },
    { look: 'phone', options: { colorScheme: 'light', viewport: { width: 390, height: 844 } } },
    // As wide as a desktop's window of 1280 at 400 %.
    { look: 'zoomed', options: { colorScheme: 'dark', viewport: { width: 320, height: 256 } } },
  ] as const;
  for (const { look, options } of looks) {
    const { page, complaints } = await pages.open(t, url, options);
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
  const { url } = await atRest();
  const { page } = await pages.open(t, `${url}/#/history`);
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
  await page.getByRole('combobox', { name: 'Status', exact: true }).selectOption('error');
  await row('aaaa0000').waitFor({ state: 'detached' });
  await row('bbbb0000').getByText('(timeout)').waitFor();
  await page.getByRole('combobox', { name: 'Status', exact: true }).selectOption('any');
  // The list of before stays until the new one has come.
  await row('aaaa0000').waitFor();
  await page.getByRole('combobox', { name: 'Started by', exact: true }).selectOption('typhon run');
  await row('aaaa0000').waitFor({ state: 'detached' });
  t.equal(await row('dddd0000').count(), 1);
  await page.getByRole('combobox', { name: 'Mode', exact: true }).selectOption('zeus');
  await page.getByText('No job is like that.').waitFor();
  await page.goto(`${url}/#/jobs/cccc0000`);
  await page.getByRole('button', { name: 'Preserve', exact: true }).click();
  await page.getByRole('button', { name: 'Preserved', exact: true }).waitFor();
  await page.goto(`${url}/#/history`);
  await row('cccc0000').getByText('preserved').waitFor();
});

t.test('a thousand jobs are turned by pages', { skip }, async (t) => {
  const { url } = await atRest();
  const { page } = await pages.open(t, `${url}/#/history`);
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
  const { url } = await atRest();
  const { page } = await pages.open(t, url, { colorScheme: 'light' });
  await page.locator('.verdict').getByText('hermes-3 on workstation').waitFor();
  await page.locator('.failures').getByText('Long generation stress failed:').waitFor();
  await page.locator('.failures').getByText("exceeds the server's context length").waitFor();
  await page
    .getByRole('img', { name: /Over the context size: 2k: 81.2 tokens\/s/ })
    .locator('canvas')
    .waitFor();
  await page.getByRole('columnheader', { name: 'VRAM' }).waitFor();
  await page.goto(`${url}/#/trends`);
  const figure = page.locator('.trend').filter({ hasText: 'Baseline (short prompt)' });
  await figure
    .getByText(/−1\d %/)
    .first()
    .waitFor();
  await figure.getByText('Changed: GPU driver 550.54.14 → 560.35.03.').waitFor();
  await page.getByText('The band holds nine of ten good runs.').waitFor();
  await isPainted(page, ({ band, worse }) => band > 0 && worse > 0);
  await page.getByLabel('Figure').selectOption('Prefill speed');
  await figure.getByText('As before.').waitFor();
  await isPainted(page, ({ band, worse }) => band > 0 && worse === 0);
});

t.test('a new user is told what to do, in every view', { skip }, async (t) => {
  const { url } = await startWebAgent(t);
  const { page, complaints } = await pages.open(t, url);
  // Whatever else listens on this machine: nothing was found.
  const nobody = { name: 'local', configured: false, state: 'down', model: null };
  const unknown = { server_kind: null, server_version: null, context_length: null };
  await page.route(/\/status$/, async (route) => {
    const status = (await (await route.fetch()).json()) as object;
    await route.fulfill({ json: { ...status, targets: [{ ...nobody, ...unknown }] } });
  });
  await page.reload();
  await page.getByText('No LLM server was found on this machine. Start one').waitFor();
  await page.getByText('No run yet: press').waitFor();
  await page.getByText(/^Too early. No run of .*workstation yet./).waitFor();
  await page.getByText('Measures only when asked: the configuration’s').waitFor();
  t.equal(await page.getByLabel('Target').inputValue(), '');
  await isAccessible(t, page, 'overview');
  await screenshot(page, 'overview-new');
  await page.getByRole('link', { name: 'Trends' }).click();
  await page.getByText('Nothing was measured yet. Trends begin with the first run.').waitFor();
  await page.getByRole('link', { name: 'History' }).click();
  await page.getByText('No run yet: press Run on the overview.').waitFor();
  await page.getByRole('link', { name: 'Machine' }).click();
  await page.getByText('No runner yet: each run has one of its own.').waitFor();
  await endOf(url, await startByApi(url));
  await page.getByRole('link', { name: 'Trends' }).click();
  // Where the machine is so busy that tokens arrive in clumps, their speed is not known.
  const words = /^(?:Learning what is normal: 1 of 5 runs|No run knows it)\.$/;
  await page.getByText(words).first().waitFor();
  t.same(complaints, []);
});

t.test('now: the schedule can be paused, the runner looked at while it works', { skip }, async (t) => {
  const { url } = await atRest(STALLED);
  const { page } = await pages.open(t, `${url}/#/machine`);
  await page.getByText('No runner yet').waitFor();
  await page.getByRole('button', { name: 'Pause schedule nightly' }).click();
  await page.getByText('paused').waitFor();
  await page.getByRole('button', { name: 'Resume schedule nightly' }).click();
  await page.getByText(/quick, next in/).waitFor();
  await page.locator('.targets').getByText('fake-model').waitFor();
  const skipped = () => ({ at: new Date().toISOString(), reason: 'server_busy', detail: 'one of 4 slots is in use' });
  await page.route(/\/schedules$/, async (route) => {
    const schedules = (await (await route.fetch()).json()) as object[];
    await route.fulfill({ json: schedules.map((schedule) => ({ ...schedule, last_skip: skipped() })) });
  });
  await startByApi(url);
  await page.getByText('Skipped just now: one of 4 slots is in use').waitFor();
  await page.locator('.runner summary', { hasText: 'decode_stream' }).waitFor();
  await page.locator('.recorder').getByText('decode_wait_first_token').first().waitFor();
});

t.test('what is wrong with the GPUs is listed, and no longer once it is right', { skip }, async (t) => {
  const { url } = await atRest();
  const { page } = await pages.open(t, url);
  const words = 'nvidia-smi answers: Unable to determine the device handle for GPU1: GPU is lost.';
  let problems: readonly string[] = [words, 'GPU 1 (NVIDIA L40S, GPU-bbbbbbbb) no longer answers.'];
  await page.route(/\/status$/, async (route) => {
    const status = (await (await route.fetch()).json()) as { gpu_health: object };
    await route.fulfill({ json: { ...status, gpu_health: { ...status.gpu_health, problems } } });
  });
  const listed = page.locator('.gpu-problems li');
  await listed.nth(1).waitFor();
  t.match(await listed.nth(0).textContent(), words);
  t.match(await listed.nth(1).textContent(), /no longer answers/);
  problems = [];
  await listed.first().waitFor({ state: 'detached' });
});

t.test('the GPUs are shown live, and what they did during each test stands in its result', { skip }, async (t) => {
  // Slow enough for readings of the GPUs in each test, whatever else the machine does.
  const { url } = await atRest({ tokenGapMs: 2 });
  const { page, complaints } = await pages.open(t, url);
  const gpu = page.locator('.gpus li').nth(1);
  for (const figure of ['6.0 GiB of 24.0 GiB', '85 % busy', '71 °C', '249 W of 350 W']) {
    await gpu.getByText(figure).waitFor();
  }
  const meter = gpu.getByRole('meter', { name: 'Memory of GPU 1' });
  t.equal(await meter.getAttribute('value'), '6144');
  const hot = {
    'memory.used': '12288',
    'utilization.gpu': '41',
    'temperature.gpu': '88',
    'power.draw.instant': '199.5',
  };
  const throttled = { 'clocks_event_reasons.hw_thermal_slowdown': 'Active' };
  // Whole at once: the fake reads it at any time.
  writeFileSync(`${override}.new`, JSON.stringify([{}, { ...hot, ...throttled }]));
  renameSync(`${override}.new`, override);
  for (const figure of ['12.0 GiB of 24.0 GiB', '41 % busy', '88 °C', '200 W of 350 W', 'throttled']) {
    await gpu.getByText(figure).waitFor();
  }
  await endOf(url, await startByApi(url));
  const test = page.getByRole('row', { name: /^Long generation stress/ });
  // Both GPUs' memory and power, the temperature of the hotter one.
  for (const figure of ['20.0 GiB', '88 °C', '501 W']) await test.getByRole('cell', { name: figure }).waitFor();
  await page
    .locator('.findings')
    .getByText(/Long generation stress: .* held its clocks down because of heat/)
    .waitFor();
  const tiles = page.locator('.tiles');
  for (const figure of ['20.0 GiB', '88 °C']) await tiles.getByText(figure).waitFor();
  t.same(complaints, []);
});
