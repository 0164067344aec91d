import { once } from 'node:events';
import http from 'node:http';
import t, { type Test } from 'tap';
import { recordResult } from '../../../src/chronicle/record.js';
import type { MachineVerdict } from '../../../src/trends/verdict/machine-verdict.js';
import { apiBench } from '../../fixtures/api-bench.js';
import { benchmarkResult } from '../../fixtures/benchmark-result.js';

const MODEL = 'hermes-3-llama-3.1-8b-q8_0';
const told = { since: null, sentence: '', likely_cause: null, next_step: null, concern: null };

async function badges(t: Test, state: MachineVerdict['state'] = 'well', concern: string | null = null) {
  const verdict: MachineVerdict = {
    ...told,
    state: 'unreachable',
    targets: [
      { target: 'cellar', model: 'a<b&"c"', state: 'unreachable', last_month: null, ...told },
      { target: 'local', model: MODEL, state, last_month: null, ...told, concern },
    ],
  };
  const { url, paths } = await apiBench(t, { services: { verdict: async () => verdict } });
  await recordResult(benchmarkResult(), paths);
  const get = (query = '') => fetch(`${url}/badge.svg${query}`);
  const title = async (query?: string) => /<title>(.*)<\/title>/.exec(await (await get(query)).text())?.[1];
  return { url, get, title };
}

t.test('the worst of the machine, or of what was asked for', async (t) => {
  const { get, title } = await badges(t);
  t.equal(await title(), 'typhon: unreachable');
  t.equal(await title('?target=local'), 'local: well');
  t.equal(await title(`?target=local&model=${MODEL}`), `${MODEL} on local: well`);
  const unknown = await get('?target=attic');
  t.equal(unknown.status, 404);
  t.match(await unknown.json(), { detail: /No such target/ });
  t.equal((await get('?figure=beauty')).status, 422);
});

t.test('a figure, but only one that holds today', async (t) => {
  const well = await badges(t);
  t.equal(await well.title('?target=local&figure=decode'), 'local: 82.5 tokens/s');
  t.match(await well.title('?target=local&figure=ttft'), /^local: first token \d+ ms$/);
  t.match(await well.title('?target=local&figure=prefill'), /^local: \d+ tokens\/s prefill$/);
  t.equal(await well.title('?target=cellar&figure=decode'), 'cellar: unreachable');
  const stale = await badges(t, 'stale');
  t.equal(await stale.title('?target=local&figure=decode'), 'local: not measured');
});

t.test('is kept for a minute, and told to be the same after it', async (t) => {
  const { get, url } = await badges(t);
  const response = await get();
  t.match(response.headers.get('content-type'), /^image\/svg\+xml/);
  t.equal(response.headers.get('cache-control'), 'max-age=60');
  // What `fetch` is given to compare it forbids to be kept.
  const statusOf = async (query: string) => {
    const headers = { 'if-none-match': response.headers.get('etag') ?? '' };
    const request = http.get(`${url}/badge.svg${query}`, { headers, agent: false });
    const [answer] = (await once(request, 'response')) as [http.IncomingMessage];
    answer.resume();
    return answer.statusCode;
  };
  t.equal(await statusOf(''), 304);
  t.equal(await statusOf('?target=local'), 200);
});

t.test('names are text, never markup, and no script may run', async (t) => {
  const { get } = await badges(t);
  const response = await get(`?model=${encodeURIComponent('a<b&"c"')}`);
  const svg = await response.text();
  t.match(svg, '<title>a&lt;b&amp;&quot;c&quot;: unreachable</title>');
  t.notMatch(svg, 'a<b');
  t.match(response.headers.get('content-security-policy'), /default-src 'none'/);
});

t.test('what is as fast but otherwise worse is not green', async (t) => {
  const { get } = await badges(t, 'well', 'It gets hotter.');
  const svg = await (await get('?target=local')).text();
  t.match(svg, `local: not quite well</title>`);
  t.notMatch(svg, '#14693c');
});
