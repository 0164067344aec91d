import t from 'tap';
import { trendsAnswerSchema } from '../../../src/api/trends-answer.js';
import { appendRows } from '../../../src/chronicle/chronicle.js';
import { readResets } from '../../../src/judging/trend-records.js';
import { apiBench } from '../../fixtures/api-bench.js';
import { historyRuns } from '../../fixtures/history.js';
import { NONE } from '../../fixtures/none.js';

const rows = historyRuns({ seed: 4, days: 4, cv: 0.02, tests: ['baseline_short', 'long_gen'] }).flat();

t.test('no series while nothing was measured, then all of them or those asked for', async (t) => {
  const { url, paths } = await apiBench(t);
  t.match(await (await fetch(`${url}/trends`)).json(), { series: NONE });
  await appendRows(paths.chronicle, rows);
  const body: unknown = await (await fetch(`${url}/trends`)).json();
  t.equal(trendsAnswerSchema.parse(body).series.length, 2);
  const one = trendsAnswerSchema.parse(await (await fetch(`${url}/trends?test=long_gen&points=2`)).json());
  t.match(one.series, [{ series: { test_id: 'long_gen' }, points: { length: 2 } }]);
  for (const query of ['points=501', 'points=x', 'tset=long_gen', 'from=yesterday', 'signal=speed']) {
    t.equal((await fetch(`${url}/trends?${query}`)).status, 422, query);
  }
});

t.test('a reset needs a reason and a series that is there', async (t) => {
  const { url, paths } = await apiBench(t);
  await appendRows(paths.chronicle, rows);
  const post = (query: string) => fetch(`${url}/trends/baseline?${query}`, { method: 'POST' });
  t.equal((await post('')).status, 422);
  t.equal((await post('reason=%20')).status, 422);
  t.equal((await post('reason=r&target=nobody')).status, 404);
  t.same(await readResets(paths), []);
  const done = await post('reason=new%20cooler&test=long_gen');
  t.equal(done.status, 200);
  t.match(await done.json(), { reason: 'new cooler', series: 1 });
  t.match(await readResets(paths), [{ reason: 'new cooler', series: { test_id: 'long_gen' } }]);
  t.match(await (await fetch(`${url}/trends?test=long_gen`)).json(), { series: [{ reset: { reason: 'new cooler' } }] });
});

t.test('what is told can be dismissed with a reason, which is kept', async (t) => {
  const { url, paths } = await apiBench(t);
  const slower = { seed: 4, days: 30, cv: 0.01, steps: [{ day: 20, ratios: { decode_speed: 0.8 } }] };
  await appendRows(paths.chronicle, historyRuns(slower).flat());
  const post = (query: string) => fetch(`${url}/trends/dismissal?${query}`, { method: 'POST' });
  const trends = async () => trendsAnswerSchema.parse(await (await fetch(`${url}/trends`)).json());
  t.match((await trends()).series[0]?.signals[0]?.regression, { status: 'active' });
  t.equal((await post('')).status, 422);
  t.equal((await post('reason=r&target=nobody')).status, 404);
  t.match(await (await post('reason=a%20game%20ran&target=workstation')).json(), { reason: 'a game ran', series: 1 });
  const { series, words } = await trends();
  t.match(series, [
    { reset: null, dismissed: { reason: 'a game ran' }, signals: [{ regression: { status: 'steady' } }] },
  ]);
  t.match(words, [{ reason: 'a game ran', kind: 'not_a_regression', series: { target: 'workstation' } }]);
  t.equal((await post('reason=once%20more')).status, 404, 'nothing is told any more');
  t.equal((await readResets(paths)).length, 1);
});

t.test('a reset is guarded like everything that changes something', async (t) => {
  const { url } = await apiBench(t, { rules: { token: 'secret' } });
  for (const path of ['baseline', 'dismissal']) {
    t.equal((await fetch(`${url}/trends/${path}?reason=r`, { method: 'POST' })).status, 401, path);
  }
  t.equal((await fetch(`${url}/trends`)).status, 200);
});
