import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { benchmarkResult, testResult } from '../fixtures/benchmark-result.js';
import { accessibilityProblems, PageOpener, screenshot, skipWithoutChromium } from '../fixtures/chromium.js';
import { pageLooks } from '../fixtures/page-looks.js';
import { type TargetHistory, writeTargetHistories } from '../fixtures/target-history.js';
import { sharedWebAgent } from '../fixtures/web-agent.js';

const skip = skipWithoutChromium();
const pages = new PageOpener(t);

const histories: readonly TargetHistory[] = [
  { target: 'workstation', model: 'hermes-3-llama-3.1-8b-q8_0', tps: 62 },
  { target: 'workstation', model: 'hermes-3-llama-3.1-8b-q4_k_m', tps: 96 },
  { target: 'workstation', model: 'qwen3-8b-q4_k_m', tps: 91 },
  { target: 'workstation', model: 'qwen3-8b-q8_0', tps: 60, slower: 0.2 },
  { target: 'attic', model: 'phi-4-14b', tps: 41 },
  { target: 'attic', model: 'qwen3-8b-q4_k_m', tps: 90.6 },
];

const agent = sharedWebAgent(t, {
  seed: (storage) => writeTargetHistories(storage, histories),
  targets: (url) => ['workstation', 'attic'].map((name) => ({ name, url })),
});

async function isWhole(t: Test, page: Page, name: string): Promise<void> {
  t.same(await accessibilityProblems(page), [], `${name} is accessible`);
  const widths = await page.evaluate<number[]>('[document.documentElement.scrollWidth, innerWidth]');
  t.ok((widths[0] ?? 0) <= (widths[1] ?? 0), `${name}: ${widths}`);
}

const modelCells = (page: Page) => page.locator('.models tbody tr:not(.family) th .choice > span');

t.test('six models by any figure, quantisations beside each other, in every look', { skip }, async (t) => {
  const { url } = await agent();
  for (const { look, options } of pageLooks) {
    const { page, complaints } = await pages.open(t, `${url}/#/models`, options);
    await modelCells(page).first().waitFor();
    t.match(await modelCells(page).allTextContents(), [
      'hermes-3-llama-3.1-8b-q4_k_m on workstation',
      'qwen3-8b-q4_k_m on workstation',
      'qwen3-8b-q4_k_m on attic',
      'hermes-3-llama-3.1-8b-q8_0 on workstation',
      'qwen3-8b-q8_0 on workstation worse than before',
      'phi-4-14b on attic',
    ]);
    await isWhole(t, page, `models, ${look}`);
    await screenshot(page, `models-${look.replaceAll(/\W+/g, '')}`);
    t.same(complaints, [], look);
  }
});

t.test(
  'what is sorted, arranged and chosen stands in the address, and leads to the comparison',
  { skip },
  async (t) => {
    const { url } = await agent();
    const { page, complaints } = await pages.open(t, `${url}/#/models`);
    await page.getByRole('button', { name: 'First token' }).click();
    await page.locator('th[aria-sort=ascending]', { hasText: 'First token' }).waitFor();
    await page.getByLabel('Quantisations beside each other').check();
    await page.locator('tr.family').first().waitFor();
    t.same(await page.locator('tr.family').allTextContents(), ['qwen3-8b', 'hermes-3-llama-3.1-8b'].toSorted());
    await page.reload();
    await page.locator('tr.family').first().waitFor();
    await page.getByRole('button', { name: 'Decode' }).click();
    for (const name of ['hermes-3-llama-3.1-8b-q4_k_m', 'hermes-3-llama-3.1-8b-q8_0'])
      await page.getByLabel(name).check();
    await page.getByRole('link', { name: 'Compare 2' }).click();
    await page.getByText('No verdict: different models').waitFor();
    await page
      .getByText(/^× 0\.646 \(0\.6\d\d … 0\.6\d\d\)$/)
      .first()
      .waitFor();
    const plot = page.getByRole('img', {
      name: /Over the context size: .*2k 96\.0 tokens\/s 210 W, 8k 96\.0 tokens\/s 240 W/,
    });
    await plot.locator('canvas').waitFor();
    t.match(await page.title(), /Compare/);
    await page.reload();
    await page.getByText('No verdict: different models').waitFor();
    t.same(complaints, []);
  },
);

t.test('one model on two targets is judged; a run is added and taken away', { skip }, async (t) => {
  const { url } = await agent();
  const { page } = await pages.open(t, `${url}/#/models`, { colorScheme: 'light' });
  await page.getByLabel('qwen3-8b-q4_k_m on workstation').check();
  await page.getByLabel('qwen3-8b-q4_k_m on attic').check();
  await page.getByRole('link', { name: 'Compare 2' }).click();
  await page.getByText('No difference.', { exact: true }).waitFor();
  await page
    .getByText(/^−0\.4 % \(−\d.+ … \+\d.+\): no difference$/)
    .first()
    .waitFor();
  await page.getByText('The runs are of two targets').waitFor();
  const added = await page.getByLabel('Add a run').locator('option', { hasText: 'phi-4-14b' }).first().textContent();
  await page.getByLabel('Add a run').selectOption({ label: added ?? '' });
  await page.getByText('No verdict: different models').waitFor();
  for (const { look, options } of pageLooks) {
    const opened = await pages.open(t, page.url(), options);
    await opened.page.getByText('No difference.', { exact: true }).waitFor();
    await opened.page.locator('canvas').waitFor();
    await isWhole(t, opened.page, `compare, ${look}`);
    await screenshot(opened.page, `compare-${look.replaceAll(/\W+/g, '')}`);
    t.same(opened.complaints, [], look);
  }
  await page.getByRole('button', { name: /^Take phi-4-14b/ }).click();
  await page.getByText('No verdict: different models').waitFor({ state: 'detached' });
});

t.test(
  'the result.json of another machine, dropped or opened; a bad file says what was expected',
  { skip },
  async (t) => {
    const { url, storage } = await agent();
    const { run_id: runId } = JSON.parse(readFileSync(join(storage, 'last_run.json'), 'utf8')) as { run_id: string };
    const { page, complaints } = await pages.open(t, `${url}/#/compare?run=${runId}`);
    await page.getByText('Choose two or more').waitFor();
    const open = (name: string, text: string) =>
      page
        .getByLabel('Add a result.json')
        .setInputFiles({ name, mimeType: 'application/json', buffer: Buffer.from(text) });
    await open('notes.json', '# not JSON');
    await page.getByText('notes.json: expected the result.json of a run of typhon').waitFor();
    await open('odd.json', JSON.stringify({ run_id: 'a', model: 'b', benchmarks: 'none' }));
    await page
      .getByText(/runs\.1: expected the result\.json of a run of typhon, or a file of typhon export --share\. /)
      .waitFor();
    await page.getByRole('button', { name: 'Take odd.json away' }).click();
    const foreign = benchmarkResult({
      run_id: '2026-10-01_00-00-00.000_00000001',
      machine_id: 'f'.repeat(32),
      target: 'elsewhere',
      model: 'qwen3-8b-q4_k_m',
      benchmarks: [testResult()],
    });
    const drop = `(text) => {
    const data = new DataTransfer();
    data.items.add(new File([text], 'elsewhere.json', { type: 'application/json' }));
    document.querySelector('.run-choice').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true }));
  }`;
    await page.evaluate(`(${drop})(${JSON.stringify(JSON.stringify(foreign))})`);
    await page.getByText('The runs were made on two machines.').waitFor();
    await page.getByRole('button', { name: 'Take elsewhere.json away' }).waitFor();
    // The agent's refusal of the odd file, and nothing else.
    t.same(
      complaints.filter((words) => !words.includes('422')),
      [],
    );
  },
);

t.test('a run that retention took away is told, with nothing made up for it', { skip }, async (t) => {
  const { url } = await agent();
  const gone = ['2026-01-01_00-00-00.000_00000001', '2026-01-02_00-00-00.000_00000002'];
  const { page } = await pages.open(t, `${url}/#/compare?${gone.map((id) => `run=${id}`).join('&')}`);
  await page
    .getByRole('alert')
    .getByText(/no such file|not found|There is no|Cannot read/i)
    .waitFor();
  t.equal(await page.locator('.result').count(), 0);
});
