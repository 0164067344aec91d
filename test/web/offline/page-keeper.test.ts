import t from 'tap';
import { PageKeeper } from '../../../src/web/offline/page-keeper.js';
import { PatientFetch } from '../../../src/web/offline/patient-fetch.js';
import { FakeCaches } from '../../fixtures/fake-caches.js';
import { ManualClock } from '../../fixtures/manual-clock.js';

const SCOPE = 'https://studio:8000/typhon/';

/** An agent that serves these files of a page. */
function bench(caches = new FakeCaches(), scope = SCOPE) {
  const served = new Map<string, string>();
  let isAway = false;
  const asked: string[] = [];
  const fetch = async ({ url }: Request) => {
    asked.push(url);
    if (isAway) throw new TypeError('Failed to fetch');
    const text = served.get(url);
    return new Response(text, { status: text === undefined ? 404 : 200 });
  };
  const network = new PatientFetch({ fetch, clock: new ManualClock() });
  const keeper = (build: string) => {
    const files = [`assets/main-${build}.js`, 'manifest.webmanifest'];
    return new PageKeeper({ caches: caches as unknown as CacheStorage, fetch, network, scope, build, files });
  };
  const serve = (build: string) => {
    served.clear();
    served.set(scope, `<meta content="${build}">`);
    served.set(`${scope}assets/main-${build}.js`, `the script of ${build}`);
    served.set(`${scope}manifest.webmanifest`, '{}');
  };
  const stop = () => {
    isAway = true;
  };
  return { caches, keeper, serve, stop, served, asked };
}

t.test('the whole page is kept, and is there without the agent', async (t) => {
  const { keeper, serve, stop, asked } = bench();
  serve('b1');
  const page = keeper('b1');
  await page.install();
  t.same(asked, [SCOPE, `${SCOPE}assets/main-b1.js`, `${SCOPE}manifest.webmanifest`]);
  stop();
  t.match(await (await page.page(new Request(SCOPE))).text(), 'b1');
  asked.length = 0;
  t.match(await (await page.file(new Request(`${SCOPE}assets/main-b1.js`))).text(), 'the script of b1');
  t.same(asked, [], 'a name with a hash in it need not be asked for');
  await t.rejects(page.file(new Request(`${SCOPE}assets/other.js`)), { message: 'Failed to fetch' });
});

t.test('while the agent answers, its page is the one that is shown', async (t) => {
  const { keeper, serve } = bench();
  serve('b1');
  const page = keeper('b1');
  await page.install();
  serve('b2');
  t.match(await (await page.page(new Request(SCOPE))).text(), 'b2');
});

t.test('a page of another build than its worker, or one that lacks a file, is not installed', async (t) => {
  const { keeper, serve, served } = bench();
  serve('b2');
  await t.rejects(keeper('b1').install(), { message: 'expected the page of build b1, got another' });
  serve('b1');
  served.delete(`${SCOPE}manifest.webmanifest`);
  await t.rejects(keeper('b1').install(), { message: 'expected manifest.webmanifest, got 404' });
});

t.test('an update removes the former page and its answers, and no others', async (t) => {
  const caches = new FakeCaches();
  const elsewhere = bench(caches, 'https://studio:8000/other/');
  elsewhere.serve('b1');
  await elsewhere.keeper('b1').install();
  await caches.open('not ours');
  const { keeper, serve } = bench(caches);
  serve('b1');
  const first = keeper('b1');
  await first.install();
  await (await first.openAnswers()).put(`${SCOPE}status`, Response.json({}));
  serve('b2');
  const second = keeper('b2');
  await second.install();
  await second.openAnswers();
  t.equal((await caches.keys()).length, 6, 'both stand while the new one is on its way');
  await second.activate();
  t.same(await caches.keys(), [
    'typhon /other/ page b1',
    'not ours',
    'typhon /typhon/ page b2',
    'typhon /typhon/ answers b2',
  ]);
  t.same(await (await second.openAnswers()).keys(), []);
  await (await first.openAnswers()).put(`${SCOPE}cards`, Response.json({}));
  t.notOk(
    (await caches.keys()).includes('typhon /typhon/ answers b1'),
    'an answer that came late goes with the others',
  );
});

t.test('answers that could not be kept once are kept as soon as they can be', async (t) => {
  const { caches, keeper } = bench();
  const page = keeper('b1');
  const { open } = caches;
  Object.assign(caches, { open: () => Promise.reject(new Error('QuotaExceededError')) });
  await t.rejects(page.openAnswers(), { message: 'QuotaExceededError' });
  Object.assign(caches, { open });
  t.ok(await page.openAnswers());
});
