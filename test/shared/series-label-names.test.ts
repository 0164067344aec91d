import t from 'tap';
import { metricDefinitions } from '../../src/metrics/registry.js';
import { takenLabelNames } from '../../src/shared/series-label-names.js';

t.test('no label of a series that has a target is free to be used by a configuration', async (t) => {
  const ofTargets = metricDefinitions.filter(({ labels }) => labels.includes('target'));
  t.ok(ofTargets.length > 20, `${ofTargets.length} metrics`);
  for (const { name, labels } of ofTargets) {
    for (const label of labels) t.ok(takenLabelNames.includes(label), `${label} of ${name}`);
  }
});

t.test('nor is one that Prometheus or an alert rule sets', async (t) => {
  for (const label of ['job', 'instance', 'alertname', 'severity', 'le', 'quantile'])
    t.ok(takenLabelNames.includes(label), label);
});
