import { Registry } from 'prom-client';
import t from 'tap';
import { processMetricNames, registerProcessMetrics } from '../../../src/metrics/families/process.js';

t.test(
  'the process is told of on the registry that is passed in, with no gauge that is named like a counter',
  async (t) => {
    const registry = new Registry();
    registerProcessMetrics(registry);
    const metrics = await registry.getMetricsAsJSON();
    const names = metrics.map(({ name }) => name);
    for (const name of processMetricNames) t.ok(names.includes(name), name);
    const misnamed = metrics.filter(({ name, type }) => name.endsWith('_total') !== (String(type) === 'counter'));
    t.same(
      misnamed.map(({ name }) => name),
      [],
    );
  },
);

t.test('the event loop is left alone between scrapes', async (t) => {
  const registry = new Registry();
  registerProcessMetrics(registry);
  const lag = (await registry.getMetricsAsJSON()).filter(({ name }) => name.startsWith('nodejs_eventloop_lag'));
  t.same(
    lag.map(({ name }) => name),
    ['nodejs_eventloop_lag_seconds'],
    'what takes a timer is not there',
  );
});
