import t from 'tap';
import { metricDefinitions, metricFamilies } from '../../src/metrics/registry.js';

t.test('every name is there once, and named as Prometheus wants it', async (t) => {
  const names = metricDefinitions.map(({ name }) => name);
  t.equal(new Set(names).size, names.length);
  t.equal(metricFamilies.flat().length, names.length);
  for (const { name, type, labels } of metricDefinitions) {
    t.match(name, /^typhon_[a-z0-9]+(_[a-z0-9]+)*$/);
    t.equal(name.endsWith('_total'), type === 'counter', name);
    t.notMatch(name, /_(milliseconds|ms|mb|gb|percent|pct|gauge|counter|sum|count|bucket)(_|$)/);
    for (const label of labels) {
      t.match(label, /^[a-z][a-z0-9_]*$/);
      t.notOk(['le', 'quantile', 'job', 'instance'].includes(label), label);
    }
  }
});

t.test('help texts are sentences that name the unit', async (t) => {
  const units: Record<string, RegExp> = {
    seconds: /seconds/i,
    bytes: /bytes/,
    celsius: /degrees Celsius/,
    watts: /watts/,
    joules: /joules/,
    hertz: /hertz/,
    ratio: /ratio|0 to 1|less 1/,
    tokens_per_second: /tokens per second/,
  };
  for (const { name, help } of metricDefinitions) {
    t.match(help, /^[A-Z0-9].*\.$/);
    for (const [unit, words] of Object.entries(units)) {
      const isUnit = new RegExp(`_${unit}(_total|_peak|_avg)?$`).test(name);
      if (isUnit) t.match(help, words, name);
    }
  }
});
