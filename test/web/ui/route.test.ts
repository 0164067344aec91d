import t from 'tap';
import { choicesOf, hrefOf, routeOf, withChoices } from '../../../src/web/ui/route.js';

t.test('every view has an address that leads to it', async (t) => {
  const routes = [
    { view: 'overview' },
    { view: 'trends' },
    { view: 'models' },
    { view: 'compare' },
    { view: 'history' },
    { view: 'machine' },
    { view: 'settings' },
    { view: 'job', jobId: 'a3f1c820' },
  ] as const;
  for (const route of routes) t.same(routeOf(hrefOf(route)), route);
});

t.test('what leads nowhere leads to the overview', async (t) => {
  for (const hash of ['', '#', '#/', '#/nowhere', '#/jobs', '#/jobs/../x', '#/jobs/A3F1C820']) {
    t.same(routeOf(hash), { view: 'overview' }, hash);
  }
});

t.test('what is chosen in a view stands in its address, whatever it is called', async (t) => {
  const href = hrefOf(
    { view: 'trends' },
    { model: 'qwen3:8b & co?#/history', range: '30d', run: ['a', 'b'], none: '' },
  );
  t.same(routeOf(href), { view: 'trends' });
  const choices = choicesOf(href);
  t.equal(choices.get('model'), 'qwen3:8b & co?#/history');
  t.same(choices.getAll('run'), ['a', 'b']);
  t.equal(choices.has('none'), false);
  t.same([...choicesOf(hrefOf({ view: 'overview' }, { a: 'b' }))], [['a', 'b']]);
});

t.test('other choices leave the view and the rest of them as they are', async (t) => {
  const href = withChoices('#/jobs/a3f1c820?a=1&b=2&c=3', { a: undefined, b: '4', d: ['5', '6'], e: [] });
  t.same(routeOf(href), { view: 'job', jobId: 'a3f1c820' });
  t.same(
    [...choicesOf(href)],
    [
      ['c', '3'],
      ['b', '4'],
      ['d', '5'],
      ['d', '6'],
    ],
  );
  t.equal(withChoices('#/trends?a=1', { a: undefined }), hrefOf({ view: 'trends' }));
  t.equal(withChoices('', {}), hrefOf({ view: 'overview' }));
});
