import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import type { Cards } from '../../src/api/routes/cards.js';
import type { AgentStatus } from '../../src/api/routes/status.js';
import { accessibilityProblems, PageOpener, screenshot, skipWithoutChromium } from '../fixtures/chromium.js';
import { halfADayAhead } from '../fixtures/far-schedule.js';
import { freePort } from '../fixtures/free-port.js';
import { pageLooks } from '../fixtures/page-looks.js';
import { type TargetHistory, writeTargetHistories } from '../fixtures/target-history.js';
import { until } from '../fixtures/typhon-process.js';
import { startWebAgent } from '../fixtures/web-agent.js';

const skip = skipWithoutChromium();
const pages = new PageOpener(t);

interface Situation {
  readonly histories: readonly TargetHistory[];
  /** Of those, the ones whose server is dead. */
  readonly dead?: readonly string[];
  readonly gpus?: Readonly<Record<string, readonly number[]>>;
  readonly config?: object;
}

async function agentOf(t: Test, { histories, dead = [], gpus = {}, config = {} }: Situation): Promise<string> {
  const nowhere = `http://127.0.0.1:${await freePort()}`;
  const names = [...new Set(histories.map(({ target }) => target))];
  const { url } = await startWebAgent(t, {
    seed: (storage) => writeTargetHistories(storage, histories),
    targets: (live) =>
      names.map((name) => ({ name, url: dead.includes(name) ? nowhere : live, gpus: gpus[name] ?? 'all' })),
    config,
  });
  return url;
}

/** Resolves once the years before the chronicle's last rows are judged too. */
async function judged(url: string): Promise<void> {
  await until(async () => {
    const { cards: known } = (await (await fetch(`${url}/cards`)).json()) as Cards;
    return known.some(({ decode }) => decode?.against === 'last_month');
  });
}

const cards = (page: Page) => page.locator('.target-card');

t.test('the worst first, each with its figures, its month and its cause, in every look', { skip }, async (t) => {
  const url = await agentOf(t, {
    histories: [
      { target: 'attic', model: 'qwen3-8b', runs: 260, gpuRatio: 0.63 },
      { target: 'workstation', model: 'hermes-3-8b', runs: 260, slower: 0.16 },
      { target: 'cellar', model: 'llama-3.1-8b', failures: ['connection_refused'] },
    ],
    dead: ['cellar'],
    config: { schedules: [{ name: 'nightly', cron: `${halfADayAhead()} * * *`, targets: ['workstation'] }] },
  });
  await judged(url);
  for (const { look, options } of pageLooks) {
    const { page, complaints } = await pages.open(t, url, options);
    await cards(page).filter({ hasText: 'Unreachable' }).waitFor();
    const [dead, slow, well] = await cards(page).allInnerTexts();
    t.match(dead, /^llama-3\.1-8b on cellar Unreachable\n[\s\S]*refused[\s\S]*last measured/);
    t.match(
      slow,
      /^hermes-3-8b on workstation Slower\nDecode, tok\/s\n69\.\d\n−1[5-7] %\nFirst token\n6\d\d ms\n[\s\S]*\n+GPU driver 550\.54\.14 → 560\.35\.03\n+Against last month · measured 6 h ago · next in \d+ (h|min)$/,
    );
    t.match(well, /^qwen3-8b on attic Well\n[\s\S]*by hand only\n+partly on the CPU$/);
    const month = page.getByRole('img', {
      name: /^Decode speed in 30 days: 8\d\.\d to [67]\d\.\d tokens\/s \(−1\d %\)$/,
    });
    t.equal(await month.count(), 1);
    t.same(await accessibilityProblems(page), [], look);
    const widths = await page.evaluate<number[]>('[document.documentElement.scrollWidth, innerWidth]');
    t.ok((widths[0] ?? 0) <= (widths[1] ?? 0), `${look}: ${widths}`);
    await screenshot(page, `cards-${look.replaceAll(/\W+/g, '')}`);
    t.same(complaints, [], look);
  }
  const { page } = await pages.open(t, url);
  await page.getByRole('link', { name: 'hermes-3-8b' }).click();
  await page.getByText('Changed: GPU driver').first().waitFor();
  t.match(page.url(), /#\/trends\?target=workstation&model=hermes-3-8b/);
});

t.test('before the first run there is no card; after one nothing is compared', { skip }, async (t) => {
  const url = await agentOf(t, {
    histories: [
      { target: 'workstation', model: 'hermes-3-8b', runs: 0 },
      { target: 'attic', model: 'qwen3-8b', runs: 1 },
    ],
  });
  const { page } = await pages.open(t, url);
  await cards(page).first().waitFor();
  t.equal(await cards(page).count(), 1);
  const [text = ''] = await cards(page).allInnerTexts();
  t.match(text, /^qwen3-8b on attic Too early\nDecode, tok\/s\n8\d\.\d\nFirst token/);
  t.notMatch(text, /%|against/i);
});

t.test('fifty models with ten thousand runs: told at once, the troubled ones in sight', { skip }, async (t) => {
  const histories = Array.from(
    { length: 50 },
    (_, index): TargetHistory => ({
      target: `target-${index % 10}`,
      model: `model-${index}`,
      runs: 200,
      ...(index === 37 ? { slower: 0.3 } : {}),
    }),
  );
  const url = await agentOf(t, { histories });
  const { page, complaints } = await pages.open(t, 'about:blank');
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.goto(url);
  await cards(page).first().getByText('Slower').waitFor();
  t.match(await cards(page).first().innerText(), /^model-37 on target-7 Slower/);
  t.equal(await cards(page).count(), 12);
  // Once more where the agent, just started, knows more by then, and each minute.
  t.ok(asked.filter((path) => path === '/cards').length < histories.length / 2, 'not one for each');
  await page.locator('.verdicts').getByText('And 45 well.').waitFor();
  await page.getByRole('button', { name: 'Show all 50' }).click();
  await cards(page).nth(49).waitFor();
  t.same(
    complaints.filter((words) => !words.startsWith('asked ')),
    [],
  );
});

t.test('four GPUs of one kind are told apart, on the cards and beside them', { skip }, async (t) => {
  const histories = [0, 1, 2, 3].map((gpu): TargetHistory => ({ target: `gpu-${gpu}`, model: 'qwen3-8b' }));
  const url = await agentOf(t, { histories, gpus: { 'gpu-0': [0], 'gpu-1': [1], 'gpu-2': [2], 'gpu-3': [3] } });
  const { page } = await pages.open(t, url);
  await page.route(/\/status$/, async (route) => {
    const status = (await (await route.fetch()).json()) as AgentStatus;
    const gpus = [0, 1, 2, 3].map((index) => ({ ...card, index, uuid: `GPU-${index}` }));
    await route.fulfill({ json: { ...status, gpus } });
  });
  await page.reload();
  await cards(page).nth(3).waitFor();
  for (const index of [0, 1, 2, 3]) {
    t.match(
      await cards(page)
        .filter({ hasText: `on gpu-${index}` })
        .innerText(),
      `GPU ${index}`,
    );
    await page.locator('.gpus').getByText(`GPU ${index} · NVIDIA GeForce RTX 3090`).waitFor();
  }
});

/** As `GET /status` tells of one. */
const card = {
  vendor: 'nvidia',
  name: 'NVIDIA GeForce RTX 3090',
  memory_used_mb: 6144,
  memory_total_mb: 24576,
  util_pct: 85,
  temp_c: 71,
  power_w: 249,
  power_limit_w: 350,
  throttled: false,
} as const;

t.test('without the token no card, with it all of them', { skip }, async (t) => {
  const url = await agentOf(t, {
    histories: [{ target: 'workstation', model: 'hermes-3-8b' }],
    config: { web: { auth: { bearer_token: 'sesame-opens', protect: 'all' } } },
  });
  const { page } = await pages.open(t, url);
  await page.getByRole('button', { name: 'Not now' }).click();
  await page.getByText('Not known. Sign in to see.').waitFor();
  t.equal(await cards(page).count(), 0);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByLabel('Token', { exact: true }).fill('sesame-opens');
  await page.getByRole('button', { name: 'Use it' }).click();
  await cards(page).first().waitFor();
});
