import t from 'tap';
import { chosenGroup, firstSignal, trendGroups } from '../../../src/web/trends/trend-groups.js';
import { regression, trendSeries } from '../../fixtures/trend-series.js';

function of(model: string, test_id: string, fields = {}) {
  const series = trendSeries(fields);
  return { ...series, series: { ...series.series, model, test_id } };
}

t.test('what became worse comes first, then what ran last; tests stay in their order', async (t) => {
  const groups = trendGroups(
    [of('worse', 'a', { regression }), of('old', 'a'), of('new', 'a'), of('new', 'b'), of('worse', 'b')].toSorted(
      (a, b) => Number(a.series.model === 'new') - Number(b.series.model === 'new'),
    ),
  );
  t.same(
    groups.map(({ name, series, worse }) => [name, series.map(({ series: { test_id } }) => test_id), worse]),
    [
      ['worse on local (workload 1)', ['a', 'b'], ['decode_speed']],
      ['new on local (workload 1)', ['a', 'b'], []],
      ['old on local (workload 1)', ['a'], []],
    ],
  );
});

t.test('begins with the figure that became worse', async (t) => {
  t.equal(firstSignal({ worse: [] }), 'decode_speed');
  t.equal(firstSignal({ worse: ['ttft', 'decode_speed'] }), 'decode_speed');
  t.equal(firstSignal({ worse: ['ttft'] }), 'ttft');
});

t.test('an address names one as far as it does', async (t) => {
  const groups = trendGroups([of('old', 'a'), of('new', 'a')]);
  const chosen = (query: string) => chosenGroup(groups, new URLSearchParams(query))?.model;
  t.equal(chosen(''), 'new');
  t.equal(chosen('model=old'), 'old');
  t.equal(chosen('model=old&target=local&workload=1&machine=m'), 'old');
  t.equal(chosen('model=old&target=gone'), 'new', 'what is no longer there leads to the first');
  t.equal(chosenGroup([], new URLSearchParams('model=old')), undefined);
});
