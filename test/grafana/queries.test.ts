import t from 'tap';
import { dashboardQueries } from '../../grafana/queries.js';
import { withVariables } from '../fixtures/dashboard-variables.js';
import { syntaxErrorAt } from '../fixtures/promql-tree.js';

const times = { rangeS: 3600, intervalS: 15, scrapeS: 15 };

t.test('every query is PromQL once the variables are in it, and none is left', async (t) => {
  for (const { dashboard, place, expr } of dashboardQueries()) {
    const asked = withVariables(expr, times);
    t.equal(syntaxErrorAt(asked), undefined, `${dashboard}, ${place}: ${asked}`);
    // What label_replace puts in is written like a variable.
    t.notMatch(asked, /\$(?!1\b)/);
  }
});

t.test('a query that is no PromQL is told of', async (t) => {
  t.equal(syntaxErrorAt('sum by (a) (b'), 13);
  t.equal(syntaxErrorAt('rate(a[$__interval])'), 7);
});
