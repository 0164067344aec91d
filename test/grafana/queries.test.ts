import t from 'tap';
import { dashboardQueries } from '../../grafana/queries.js';
import { testCategories } from '../../src/benchmark/plan.js';
import { benchmarkGpu } from '../../src/metrics/families/benchmark-gpu.js';
import { gpu } from '../../src/metrics/families/gpu.js';
import { processMetricNames } from '../../src/metrics/families/process.js';
import { metricDefinitions } from '../../src/metrics/registry.js';
import { signalNames } from '../../src/trends/signal.js';
import { withVariables } from '../fixtures/dashboard-variables.js';
import { groupingLabelsIn, madeLabelsIn, selectorsIn, syntaxErrorAt } from '../fixtures/promql-tree.js';

interface Known {
  readonly labels: readonly string[];
  readonly counts: boolean;
}

const scraped = ['job', 'instance'];
const alertLabels = ['alertname', 'alertstate', 'severity', 'target', 'model', 'test', 'gpu', 'schedule', 'vendor'];
const times = { rangeS: 3600, intervalS: 15, scrapeS: 15 };

const known = new Map<string, Known>([
  ...metricDefinitions.flatMap(({ name, type, labels }): [string, Known][] => {
    const own = [...scraped, ...labels];
    if (type !== 'histogram') return [[name, { labels: own, counts: type === 'counter' }]];
    return ['bucket', 'sum', 'count'].map((part) => [
      `${name}_${part}`,
      { labels: part === 'bucket' ? [...own, 'le'] : own, counts: true },
    ]);
  }),
  ...processMetricNames.map((name): [string, Known] => [name, { labels: scraped, counts: name.endsWith('_total') }]),
  ['up', { labels: scraped, counts: false }],
  ['ALERTS', { labels: [...scraped, ...alertLabels], counts: false }],
  ['scrape_duration_seconds', { labels: scraped, counts: false }],
]);

const asked = dashboardQueries().map((query) => ({
  ...query,
  asked: withVariables(query.expr, times),
  where: `${query.dashboard}, ${query.place}`,
}));

t.test('every query is PromQL once the variables are in it, and none is left', async (t) => {
  for (const { asked: expr, where } of asked) {
    t.equal(syntaxErrorAt(expr), undefined, `${where}: ${expr}`);
    // What label_replace puts in is written like a variable.
    t.notMatch(expr, /\$(?!1\b)/);
  }
});

t.test('a query that is no PromQL is told of', async (t) => {
  t.equal(syntaxErrorAt('sum by (a) (b'), 13);
  t.equal(syntaxErrorAt('rate(a[$__interval])'), 7);
});

t.test('every metric is one that is scraped, and is filtered by labels that it has', async (t) => {
  for (const { asked: expr, where } of asked) {
    const selectors = selectorsIn(expr);
    t.ok(selectors.length > 0, where);
    for (const { metrics, matchers } of selectors) {
      for (const metric of metrics) {
        const labels = known.get(metric)?.labels ?? [];
        t.ok(known.has(metric), `${where}: ${metric}`);
        t.same(
          matchers.filter(({ label }) => !labels.includes(label)),
          [],
          `${where}: ${metric}`,
        );
      }
    }
  }
});

t.test(
  'labels are grouped and joined by where some metric of the query has them, or the query makes them',
  async (t) => {
    for (const { asked: expr, where } of asked) {
      const labels = new Set(
        selectorsIn(expr).flatMap(({ metrics }) => metrics.flatMap((m) => known.get(m)?.labels ?? [])),
      );
      const made = madeLabelsIn(expr);
      for (const label of groupingLabelsIn(expr)) t.ok(labels.has(label) || made.includes(label), `${where}: ${label}`);
    }
  },
);

t.test('labels are compared with values that the code can give them', async (t) => {
  const values: Record<string, readonly string[]> = {
    signal: signalNames,
    category: testCategories,
    kind: ['prompt', 'completion'],
    alertstate: ['firing'],
  };
  const matchers = asked.flatMap(({ asked: expr }) => selectorsIn(expr).flatMap((selector) => selector.matchers));
  const compared = matchers.filter(({ operator, value }) => operator === '=' && value !== '');
  t.ok(compared.length > 0);
  for (const { label, value } of compared) t.ok(values[label]?.includes(value), `${label}="${value}"`);
});

t.test('only counters are rated, and what is held between runs never is', async (t) => {
  const selectors = asked.flatMap(({ asked: expr, where }) =>
    selectorsIn(expr).map((selector) => ({ ...selector, where })),
  );
  const rated = selectors.filter(({ within }) => within.some((name) => ['rate', 'increase', 'irate'].includes(name)));
  t.ok(rated.length > 0);
  for (const { metrics, where } of rated) {
    for (const metric of metrics) t.equal(known.get(metric)?.counts, true, `${where}: ${metric}`);
  }
  for (const { metrics, within, where } of selectors.filter((selector) => !rated.includes(selector))) {
    // Those whose whole count tells something: since the driver was loaded, since the agent started.
    const whole = ['typhon_gpu_ecc_errors_total', 'typhon_restore_errors_total', 'typhon_series_dropped_total'];
    // The first count of one that was not there before.
    whole.push('typhon_benchmark_request_failures_total');
    const counters = metrics.filter((metric) => known.get(metric)?.counts && !whole.includes(metric));
    t.same(counters, [], `${where}, within ${within.join(', ')}`);
  }
});

t.test('everything is filtered by the machine, but for the names of the jobs and of the machines', async (t) => {
  for (const { expr, place } of asked.filter(({ kind }) => kind !== 'labelValues')) {
    for (const { matchers } of selectorsIn(withVariables(expr, times, { machine: 'the machine', job: 'the job' }))) {
      t.ok(
        matchers.some(({ label, value }) => label === 'instance' && value === 'the machine'),
        place,
      );
      t.ok(
        matchers.some(({ label, value }) => label === 'job' && value === 'the job'),
        place,
      );
    }
  }
});

t.test('a query of a GPU says that it needs one', async (t) => {
  const ofGpu = new Set<string>([...benchmarkGpu, ...gpu].map(({ name }) => name));
  const silent = asked.filter(({ asked: expr, needs }) => {
    return needs.length === 0 && selectorsIn(expr).some(({ metrics }) => metrics.some((metric) => ofGpu.has(metric)));
  });
  t.same(
    silent.map(({ place }) => place),
    ['panel 11 (What is wrong), query A'],
    'it answers without a GPU as well',
  );
});

t.test('every dashboard asks for its variables, its annotations and its panels', async (t) => {
  for (const uid of ['typhon-fleet', 'typhon-benchmarks', 'typhon-degradation', 'typhon-agent']) {
    const own = asked.filter(({ dashboard }) => dashboard === uid);
    const variables = own.filter(({ kind }) => kind === 'labelValues').map(({ place }) => place);
    t.same(variables, [
      'variable job',
      'variable machine',
      'variable instance',
      'variable target',
      'variable model',
      'variable test',
    ]);
    t.ok(own.some(({ place }) => place === 'annotation Runs'));
    t.ok(own.some(({ kind }) => kind === 'range'));
    t.ok(own.some(({ kind }) => kind === 'instant'));
  }
});
