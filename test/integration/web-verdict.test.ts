import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { accessibilityProblems, PageOpener, screenshot, skipWithoutChromium } from '../fixtures/chromium.js';
import type { FakeLlmSettings } from '../fixtures/fake-llm/options.js';
import { freePort } from '../fixtures/free-port.js';
import { type TargetHistory, writeTargetHistories } from '../fixtures/target-history.js';
import { until } from '../fixtures/typhon-process.js';
import { STALLED, startByApi, startWebAgent } from '../fixtures/web-agent.js';

const skip = skipWithoutChromium();
const pages = new PageOpener(t);

const screens = [
  { name: 'desktop', options: { viewport: { width: 1280, height: 720 } } },
  { name: 'phone', options: { viewport: { width: 390, height: 844 } } },
] as const;

/** The words on the page that are green, or stand on green; what `document` shows, not what it could. */
const GREEN_WORDS = `(() => {
  const probe = document.createElement('i');
  document.body.append(probe);
  const colour = (name) => {
    probe.style.color = 'var(' + name + ')';
    return getComputedStyle(probe).color;
  };
  const greens = [colour('--good'), colour('--good-ground')];
  probe.remove();
  return [...document.querySelectorAll('body *')]
    .filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== ''))
    .filter((element) => {
      const { color, backgroundColor, borderLeftColor, borderLeftWidth } = getComputedStyle(element);
      const border = borderLeftWidth === '0px' ? '' : borderLeftColor;
      return [color, backgroundColor, border].some((one) => greens.includes(one));
    })
    .map((element) => element.textContent);
})()`;

const TOKEN = 'sesame-opens';

interface Situation {
  readonly histories: readonly TargetHistory[];
  /** Of those, the ones whose server is dead. */
  readonly dead?: readonly string[];
  readonly config?: object;
  readonly server?: FakeLlmSettings;
}

async function pageOf(t: Test, { histories, dead = [], config, server }: Situation) {
  const nowhere = `http://127.0.0.1:${await freePort()}`;
  const agent = await startWebAgent(t, {
    seed: (storage) => writeTargetHistories(storage, histories),
    targets: (url) => histories.map(({ target }) => ({ name: target, url: dead.includes(target) ? nowhere : url })),
    ...(config === undefined ? {} : { config }),
    ...(server === undefined ? {} : { server }),
  });
  const headers = { authorization: `Bearer ${TOKEN}` };
  // The agent has asked every target once.
  await until(async () => {
    const status = (await (await fetch(`${agent.url}/status`, { headers })).json()) as {
      targets: readonly { state: string }[];
    };
    return status.targets.every(({ state }) => state !== 'unknown');
  });
  return agent;
}

/** The lines of the verdict, the headline first. */
async function verdictLines(page: Page): Promise<readonly string[]> {
  const lines = page.locator('section[aria-labelledby=verdict-title] .verdict');
  await lines.first().waitFor();
  return lines.allInnerTexts();
}

async function isAboveTheFold(t: Test, page: Page, name: string): Promise<void> {
  const lines = page.locator('section[aria-labelledby=verdict-title] .verdict');
  const bottom = await lines.evaluateAll((found) =>
    Math.max(...found.map((one) => one.getBoundingClientRect().bottom)),
  );
  const height = page.viewportSize()?.height ?? 0;
  t.ok(bottom > 0 && bottom <= height, `${name}: the verdict ends at ${bottom} of ${height}`);
}

/** What must hold wherever something is wrong. */
async function isTold(t: Test, url: string, sentences: readonly (string | RegExp)[], title: RegExp): Promise<void> {
  for (const { name, options } of screens) {
    const { page, complaints } = await pages.open(t, url, { colorScheme: 'light', ...options });
    const lines = await verdictLines(page);
    t.equal(lines.length, sentences.length, `${name}: ${JSON.stringify(lines)}`);
    for (const [index, sentence] of sentences.entries()) t.match(lines[index], sentence, name);
    await isAboveTheFold(t, page, name);
    t.same(await page.evaluate(GREEN_WORDS), [], `${name}: no green word`);
    t.match(await page.title(), title);
    t.match(await page.locator('link[rel=icon]').getAttribute('href'), /\/(trouble|waiting)-/);
    t.same(await accessibilityProblems(page), [], name);
    t.same(complaints, [], name);
    await screenshot(page, `verdict-${t.name.replaceAll(/\W+/g, '-')}-${name}`);
  }
}

t.test('three targets: one slower, one dead, one well', { skip }, async (t) => {
  const { url } = await pageOf(t, {
    histories: [
      { target: 'attic', model: 'qwen3-8b' },
      { target: 'workstation', model: 'hermes-3-8b', slower: 0.16 },
      { target: 'cellar', model: 'llama-3.1-8b', failures: ['connection_refused', 'connection_refused'] },
    ],
    dead: ['cellar'],
  });
  await isTold(
    t,
    url,
    [
      /^Unreachable\. llama-3\.1-8b on cellar cannot be reached: its server does not answer\.\nSince .+\nLikely cause: .+\nStart the server of cellar/,
      /^Slower\. hermes-3-8b on workstation is 1[5-7] % slower than before: .+ instead of .+ tokens\/s\.\nSince .+\nLikely cause: GPU driver 550\.54\.14 → 560\.35\.03\n/,
      /^Well\. qwen3-8b on attic is as fast as before: \d\d\.\d tokens\/s\.$/,
    ],
    /^Unreachable · .+ · typhon$/,
  );
});

t.test('the last run went well, but another target is slower', { skip }, async (t) => {
  const { url } = await pageOf(t, {
    histories: [
      { target: 'workstation', model: 'hermes-3-8b', slower: 0.16 },
      { target: 'attic', model: 'qwen3-8b', lastHoursAgo: 1 },
    ],
  });
  await isTold(t, url, [/^Slower\. hermes-3-8b on workstation/, /^Well\. qwen3-8b on attic/], /^Slower · /);
});

t.test('as fast as before, but one takes more energy: told, and not in green', { skip }, async (t) => {
  const { url } = await pageOf(t, {
    histories: [
      { target: 'attic', model: 'qwen3-8b' },
      { target: 'workstation', model: 'hermes-3-8b', hungrier: 0.3 },
    ],
  });
  await isTold(
    t,
    url,
    [
      /^Not quite well\. Both are as fast as before, but hermes-3-8b on workstation takes (2[89]|3[0-3]) % more energy per token\./,
      /^Not quite well\. hermes-3-8b on workstation is as fast as before: .+ But it takes (2[89]|3[0-3]) % more energy/,
      /^Well\. qwen3-8b on attic/,
    ],
    /^Not quite well · /,
  );
});

t.test('trends open on what became worse, which is marked', { skip }, async (t) => {
  const { url } = await pageOf(t, {
    histories: [
      { target: 'workstation', model: 'hermes-3-8b', slower: 0.16 },
      { target: 'attic', model: 'qwen3-8b', lastHoursAgo: 1 },
      { target: 'cellar', model: 'llama-3.1-8b', lastHoursAgo: 1, runs: 1 },
    ],
  });
  const { page } = await pages.open(t, `${url}/#/trends`, { colorScheme: 'light' });
  await page.locator('.trend canvas').first().waitFor();
  const model = page.locator('.filters select').first();
  const options = await model.locator('option').allTextContents();
  t.equal(options[0], '⚠ hermes-3-8b on workstation (workload 1): worse');
  t.notMatch(options.slice(1).join('\n'), '⚠');
  t.equal(await model.locator('option:checked').textContent(), options[0]);
  await page
    .locator('.trend')
    .getByText(/−1[5-7] %/)
    .first()
    .waitFor();
  await screenshot(page, 'trends-worse');
  await model.selectOption({ label: 'llama-3.1-8b on cellar (workload 1)' });
  await page.getByText('Learning what is normal: 1 of 5 runs.').first().waitFor();
  await screenshot(page, 'trends-one-run');
});

t.test('every server is dead', { skip }, async (t) => {
  const { url } = await pageOf(t, {
    histories: [
      { target: 'workstation', model: 'hermes-3-8b' },
      { target: 'attic', model: 'qwen3-8b', failures: ['connection_refused'] },
    ],
    dead: ['workstation', 'attic'],
  });
  await isTold(t, url, [/^Unreachable\. /, /^Unreachable\. /], /^Unreachable · /);
});

t.test('the only server answers, but its runs fail', { skip }, async (t) => {
  const { url } = await pageOf(t, {
    histories: [{ target: 'workstation', model: 'hermes-3-8b', failures: ['timeout', 'timeout', 'timeout'] }],
  });
  const failing =
    /^Failing\. hermes-3-8b on workstation could not be measured: the last 3 runs failed\.\nSince .+\nLikely cause: The server did not answer in time\. \(timeout\)\n/;
  await isTold(t, url, [failing], /^Failing · /);
});

t.test('it was not measured for days', { skip }, async (t) => {
  const { url } = await pageOf(t, {
    histories: [{ target: 'workstation', model: 'hermes-3-8b', lastHoursAgo: 24 * 6 }],
  });
  await isTold(
    t,
    url,
    [/^Not measured\. hermes-3-8b on workstation has not been measured for 6 days\./],
    /^Not measured · /,
  );
});

t.test('all is well: green, and nothing else', { skip }, async (t) => {
  const { url } = await pageOf(t, {
    histories: [
      { target: 'workstation', model: 'hermes-3-8b' },
      { target: 'attic', model: 'qwen3-8b' },
    ],
  });
  const { page } = await pages.open(t, url, { colorScheme: 'light' });
  const [headline, ...others] = await verdictLines(page);
  t.equal(headline, 'Well. Both are as fast as before.');
  t.equal(others.length, 2);
  t.match(await page.evaluate(GREEN_WORDS), ['Well.', 'Well.', 'Well.']);
  t.match(await page.title(), /^Well · /);
  t.match(await page.locator('link[rel=icon]').getAttribute('href'), /\/well-/);
});

t.test('no run, and one run: too early to tell', { skip }, async (t) => {
  const none = await pageOf(t, { histories: [{ target: 'workstation', model: 'hermes-3-8b', runs: 0 }] });
  const first = await pages.open(t, none.url);
  t.match(await verdictLines(first.page), [/^Too early\. No run of .*workstation yet\.\nRun a quick benchmark\.$/]);
  const one = await pageOf(t, { histories: [{ target: 'workstation', model: 'hermes-3-8b', runs: 1 }] });
  const second = await pages.open(t, one.url);
  t.match(await verdictLines(second.page), [/^Too early\. hermes-3-8b on workstation has 1 of the 5 runs/]);
});

t.test('the first run is told while it is under way', { skip }, async (t) => {
  const { url } = await pageOf(t, {
    histories: [{ target: 'workstation', model: 'hermes-3-8b', runs: 0 }],
    server: STALLED,
  });
  await startByApi(url);
  for (const { name, options } of screens) {
    const { page, complaints } = await pages.open(t, url, options);
    await page.getByText(/The first run of .+ on workstation is under way\./).waitFor();
    await page.locator('.verdict').getByText('1/4 Baseline (short prompt)').waitFor();
    await page.getByText('None yet: the first run is under way, and its result will stand here.').waitFor();
    await page.waitForFunction("document.title.startsWith('First run 1/4 · ')");
    t.match(await verdictLines(page), [
      /^Too early\. The first run of .+ is under way\.\n1\/4 Baseline \(short prompt\)$/,
    ]);
    await isAboveTheFold(t, page, name);
    t.equal(await page.getByText('No run').count(), 0, `${name}: nowhere it is said that there is none`);
    t.same(await accessibilityProblems(page), [], name);
    t.same(complaints, [], name);
  }
});

t.test('without the token nothing is claimed; with it everything is there', { skip }, async (t) => {
  const { url } = await pageOf(t, {
    histories: [{ target: 'workstation', model: 'hermes-3-8b', slower: 0.16 }],
    config: { web: { auth: { bearer_token: TOKEN, protect: 'all' } } },
  });
  const { page } = await pages.open(t, url);
  await page.getByRole('button', { name: 'Not now' }).click();
  t.same(await verdictLines(page), ['Not known. Sign in to see.']);
  t.match(await page.title(), /^typhon$/);
  t.equal(await page.getByText('No run yet').count(), 0, 'what cannot be seen is not said to be missing');
  t.same(await page.evaluate(GREEN_WORDS), []);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByLabel('Token', { exact: true }).fill(TOKEN);
  await page.getByRole('button', { name: 'Use it' }).click();
  await page.getByText(/hermes-3-8b on workstation is 1[5-7] % slower/).waitFor();
  await page.locator('.result table').waitFor();
});
