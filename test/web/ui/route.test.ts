import t from 'tap';
import { hrefOf, routeOf } from '../../../src/web/ui/route.js';

t.test('every view has an address that leads to it', async (t) => {
  const routes = [
    { view: 'overview' },
    { view: 'trends' },
    { view: 'history' },
    { view: 'machine' },
    { view: 'job', jobId: 'a3f1c820' },
  ] as const;
  for (const route of routes) t.same(routeOf(hrefOf(route)), route);
});

t.test('what leads nowhere leads to the overview', async (t) => {
  for (const hash of ['', '#', '#/', '#/nowhere', '#/jobs', '#/jobs/../x', '#/jobs/A3F1C820']) {
    t.same(routeOf(hash), { view: 'overview' }, hash);
  }
});
