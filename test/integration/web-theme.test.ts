import type { Page } from 'playwright-core';
import t from 'tap';
import { PageOpener, skipWithoutChromium } from '../fixtures/chromium.js';
import { writePast } from '../fixtures/page-history.js';
import { startWebAgent } from '../fixtures/web-agent.js';

const skip = skipWithoutChromium();
const pages = new PageOpener(t);

// The ground of the page and the line of the decode speed.
const LIGHT = { ground: 'rgb(244, 246, 248)', line: [26, 86, 176] };
const DARK = { ground: 'rgb(16, 21, 27)', line: [125, 176, 255] };

/** Resolves once the page and the first plot on it are painted with these colours. */
async function painted(page: Page, { ground, line }: typeof LIGHT): Promise<void> {
  await page.evaluate(`(async () => {
    const hasLine = (canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return data.some((_, at) => at % 4 === 0 && ${line.map((part, index) => `data[at + ${index}] === ${part}`).join(' && ')});
    };
    const isPainted = () => {
      const canvas = document.querySelector('.trend canvas');
      return getComputedStyle(document.body).backgroundColor === '${ground}' && canvas?.width > 0 && hasLine(canvas);
    };
    while (!isPainted()) await new Promise(requestAnimationFrame);
  })()`);
}

t.test(
  'the page and its plots have the theme of the system until another is chosen, and again after',
  { skip },
  async (t) => {
    const { url } = await startWebAgent(t, { seed: writePast });
    const { page } = await pages.open(t, `${url}/#/trends`, { colorScheme: 'dark' });
    await painted(page, DARK);
    await page.emulateMedia({ colorScheme: 'light' });
    await painted(page, LIGHT);
    await page.getByRole('button', { name: 'Theme: as the system.' }).click();
    await page.emulateMedia({ colorScheme: 'dark' });
    await painted(page, LIGHT);
    await page.getByRole('button', { name: 'Theme: light.' }).click();
    await page.emulateMedia({ colorScheme: 'light' });
    await painted(page, DARK);
    await page.reload();
    await painted(page, DARK);
    await page.getByRole('button', { name: 'Theme: dark.' }).click();
    await painted(page, LIGHT);
    t.equal(await page.locator('html').getAttribute('data-theme'), null);
  },
);
