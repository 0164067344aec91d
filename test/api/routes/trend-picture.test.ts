import { once } from 'node:events';
import http from 'node:http';
import t, { type Test } from 'tap';
import { appendRows } from '../../../src/chronicle/chronicle.js';
import type { MachineVerdict } from '../../../src/trends/verdict/machine-verdict.js';
import { apiBench } from '../../fixtures/api-bench.js';
import { historyRuns } from '../../fixtures/history.js';

const told = { since: null, sentence: '', likely_cause: null, next_step: null, concern: null, last_month: null };
const target = 'workstation';
const model = 'a<b&"c"';

async function pictures(t: Test, state: MachineVerdict['state'] = 'well', days = 40) {
  const verdict: MachineVerdict = { ...told, state, targets: [{ target, model, state, ...told }] };
  const { url, paths } = await apiBench(t, { services: { verdict: async () => verdict } });
  await appendRows(paths.chronicle, historyRuns({ seed: 3, days, cv: 0.01, fields: { model } }).flat());
  const get = (query = '') => fetch(`${url}/trend.svg${query}`);
  const title = async (query?: string) => /<title>(.*)<\/title>/.exec(await (await get(query)).text())?.[1];
  return { url, get, title };
}

t.test('a figure with its newest value; names are text, never markup, and no script may run', async (t) => {
  const { get, title } = await pictures(t);
  const name = 'a&lt;b&amp;&quot;c&quot; on workstation';
  t.match(await title(), `${name}: decode 8`);
  t.match(await title(`?target=${target}&figure=ttft`), /: first token 6\d\d ms$/);
  t.match(await title(`?model=${encodeURIComponent(model)}&figure=prefill`), /: prefill 1,8\d\d tokens\/s$/);
  const response = await get();
  const svg = await response.text();
  t.match(svg, /100 runs/);
  t.match(svg, /prefers-color-scheme:dark/);
  t.match(svg, /class="band"/);
  t.notMatch(svg, /<script|NaN|undefined|Infinity/);
  t.match(response.headers.get('content-security-policy'), /^default-src 'none'/);
});

t.test('a value that does not hold today is not shown as if it did', async (t) => {
  const { title } = await pictures(t, 'unreachable');
  t.match(await title(), /: decode unreachable$/);
});

t.test('one run, and none', async (t) => {
  const one = await pictures(t, 'pending', 0.1);
  const svg = await (await one.get()).text();
  t.match(svg, /, 1 run</);
  t.notMatch(svg, /NaN|Infinity/);
  const none = await pictures(t, 'pending', 0);
  t.match(await none.title(), /: decode too early$/);
});

t.test('is told to be the same after a while, and what is not there is refused', async (t) => {
  const { get, url } = await pictures(t);
  const response = await get();
  t.match(response.headers.get('content-type'), /^image\/svg\+xml/);
  t.equal(response.headers.get('cache-control'), 'max-age=60');
  const request = http.get(`${url}/trend.svg`, {
    headers: { 'if-none-match': response.headers.get('etag') ?? '' },
    agent: false,
  });
  const [answer] = (await once(request, 'response')) as [http.IncomingMessage];
  answer.resume();
  t.equal(answer.statusCode, 304);
  t.equal((await get('?target=attic')).status, 404);
  t.equal((await get('?figure=beauty')).status, 422);
});
