import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import t from 'tap';
import { contentTypes, exposition } from '../../../src/metrics/text/exposition.js';
import { readMetrics } from '../../fixtures/metrics-text.js';

function textOf(...given: Parameters<typeof exposition>): string {
  return exposition(...given)
    .map(({ text }) => text)
    .join('');
}

t.test('counters are named as each format wants it, time after time', async (t) => {
  const registry = new Registry();
  new Counter({ name: 'a_total', help: 'A.', registers: [registry] }).inc(3);
  for (let round = 0; round < 2; round += 1) {
    const metrics = await registry.getMetricsAsJSON();
    t.equal(textOf(metrics, 'openmetrics'), '# HELP a A.\n# TYPE a counter\na_total 3\n# EOF\n');
    t.equal(textOf(metrics, 'text'), '# HELP a_total A.\n# TYPE a_total counter\na_total 3\n');
  }
});

t.test('plain text says what prom-client itself says', async (t) => {
  const registry = new Registry();
  const labelNames = ['name'];
  const gauge = new Gauge({ name: 'g', help: 'Backslash \\ and\nnewline.', labelNames, registers: [registry] });
  gauge.set({ name: 'quote " backslash \\ newline \n end ü' }, 0.1 + 0.2);
  gauge.set({ name: 'large' }, 1e21);
  gauge.set({ name: 'small' }, -1e-9);
  const histogram = new Histogram({ name: 'h', help: 'H.', labelNames, buckets: [0.5, 1], registers: [registry] });
  histogram.observe({ name: 'a' }, 0.7);
  const lines = (text: string) => text.split('\n').filter((line) => line !== '');
  const ours = textOf(await registry.getMetricsAsJSON(), 'text');
  t.same(
    lines(ours).sort().map(sorted),
    lines(await registry.metrics())
      .sort()
      .map(sorted),
  );
  t.equal(readMetrics(ours, 'text').get('g')?.samples[0]?.labels['name'], 'quote " backslash \\ newline \n end ü');
});

/** The order of labels means nothing. */
function sorted(line: string): string {
  return line.startsWith('#')
    ? line
    : line.replace(/\{(.*)\}/, (_all, labels: string) => labels.split(',').sort().join());
}

t.test('OpenMetrics has bounds as floating-point numbers and quotes in help escaped', async (t) => {
  const registry = new Registry();
  const histogram = new Histogram({ name: 'h', help: 'So-called "H".', buckets: [0.5, 1], registers: [registry] });
  histogram.observe(0.7);
  const text = textOf(await registry.getMetricsAsJSON(), 'openmetrics');
  t.match(text, '# HELP h So-called \\"H\\".\n');
  const buckets = readMetrics(text, 'openmetrics')
    .get('h')
    ?.samples.filter(({ name }) => name === 'h_bucket');
  t.same(
    buckets?.map(({ labels, value }) => [labels['le'], value]),
    [
      ['0.5', 0],
      ['1.0', 1],
      ['+Inf', 1],
    ],
  );
});

t.test('what is not finite is not published, and no family without samples', async (t) => {
  const metric = (values: number[]) => ({
    name: 'x',
    help: 'X.',
    type: 'gauge',
    values: values.map((value, index) => ({ value, labels: { index: String(index) } })),
  });
  t.equal(textOf([metric([Number.NaN, 1, Number.POSITIVE_INFINITY])], 'text').includes('{index="1"} 1\n'), true);
  t.equal(textOf([metric([Number.NaN, Number.NEGATIVE_INFINITY])], 'text'), '');
  t.equal(textOf([metric([])], 'openmetrics'), '# EOF\n');
});

t.test('a frozen array is written once for each format, another one anew', async (t) => {
  const labels = { a: 'b' };
  const metric = (values: readonly { value: number; labels: { a: string } }[], name = 'x') => ({
    name,
    help: 'X.',
    type: 'counter',
    values,
  });
  const frozen = Object.freeze([{ value: 1, labels }]);
  const first = textOf([metric(frozen)], 'text');
  t.equal(textOf([metric(frozen)], 'text'), first);
  t.match(textOf([metric(frozen)], 'openmetrics'), 'x_total{a="b"} 1\n');
  const changing = [{ value: 1, labels }];
  textOf([metric(changing)], 'text');
  changing[0] = { value: 2, labels };
  t.match(textOf([metric(changing)], 'text'), 'x{a="b"} 2\n');
});

t.test('the content types are those that Prometheus 3 insists on', async (t) => {
  t.equal(contentTypes.text, 'text/plain; version=0.0.4; charset=utf-8');
  t.equal(contentTypes.openmetrics, 'application/openmetrics-text; version=1.0.0; charset=utf-8');
});

t.test('what has not changed is the same block, before what has', async (t) => {
  const value = { value: 1, labels: {} };
  const metric = (name: string, values: readonly (typeof value)[]) => ({ name, help: 'X.', type: 'gauge', values });
  const lasting = metric('lasting', Object.freeze([value]));
  const scrape = () => exposition([metric('before', [value]), lasting, metric('after', [value])], 'openmetrics');
  const [first, second] = [scrape(), scrape()];
  t.same(
    first.map(({ text }) => text),
    [
      '# HELP lasting X.\n# TYPE lasting gauge\nlasting 1\n',
      '# HELP before X.\n# TYPE before gauge\nbefore 1\n# HELP after X.\n# TYPE after gauge\nafter 1\n# EOF\n',
    ],
  );
  t.equal(first[0], second[0]);
  t.not(first[1], second[1]);
});
