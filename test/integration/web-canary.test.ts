/** How the page tells that a model answers otherwise than before. */
import t from 'tap';
import type { BenchmarkResult, TestResult } from '../../src/benchmark/result.js';
import { canaryTest, changedCanary } from '../fixtures/canary-result.js';
import { accessibilityProblems, PageOpener, screenshot, skipWithoutChromium } from '../fixtures/chromium.js';
import { writePast } from '../fixtures/page-history.js';
import { sharedWebAgent } from '../fixtures/web-agent.js';

const skip = skipWithoutChromium();
const pages = new PageOpener(t);
const atRest = sharedWebAgent(t, { seed: (storage) => writePast(storage, { older: 0 }) });

const JOB = 'aaaa0000';

interface AnsweredJob {
  readonly result: BenchmarkResult;
}

t.test('both answers stand side by side, marked from where they part', { skip }, async (t) => {
  const { url } = await atRest();
  const { page, complaints } = await pages.open(t, `${url}/#/`);
  const show = async (canary: TestResult) => {
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await page.route(`**/jobs/${JOB}`, async (route) => {
      const job = (await (await route.fetch()).json()) as AnsweredJob;
      const benchmarks = [...job.result.benchmarks, canary];
      await route.fulfill({ json: { ...job, result: { ...job.result, benchmarks } } });
    });
    await page.goto(`${url}/#/`);
    await page.goto(`${url}/#/jobs/${JOB}`);
    await page.reload();
  };
  const answers = page.locator('.canary blockquote');

  await show(canaryTest(changedCanary({ text: 'the sea rose', changes: [] })));
  await page.getByText(/^The model gives another answer to the canary's fixed request than in the run of/).waitFor();
  t.same(await answers.allTextContents(), ['the sea was still', 'the sea rose']);
  t.same(await page.locator('.canary mark').allTextContents(), ['was still', 'rose']);
  t.match(await page.locator('.canary figcaption').allTextContents(), ['Before, reference-run', 'Now']);
  t.equal(await page.getByRole('row', { name: /Output canary/ }).count(), 0, 'it is no line of the table');
  t.same(await accessibilityProblems(page), []);
  await screenshot(page, 'canary');

  const moved = { token: 2, before: -5.567765, after: -5.568123 };
  await show(canaryTest(changedCanary({ text: 'the sea was still', logprob_shift: moved })));
  await page.getByText(/same words as in the run of .* log probability of token 3 moved from -5\.567765/).waitFor();
  t.equal(await answers.count(), 0, 'words that are the same are not shown twice');

  const torn = { deterministic: false, verdict: 'not_deterministic', other_text: 'the sea <fell>' } as const;
  await show(canaryTest(changedCanary({ ...torn, reference: null, diverges_at_token: 2 })));
  await page.getByText(/two answers, which differ from token 3 on, so nothing is judged/).waitFor();
  t.same(await answers.allTextContents(), ['the sea <fell>', 'the sea rose']);

  await show(canaryTest(changedCanary({ verdict: 'match', text: 'the sea was still' })));
  await page.getByText('The same answer as on 2026-11-20 08:17 UTC.').waitFor();
  t.equal(await answers.count(), 0, 'one answer is not shown twice');
  t.same(complaints, []);
});
