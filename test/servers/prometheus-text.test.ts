import t from 'tap';
import { sumOfMetric } from '../../src/servers/prometheus-text.js';

const text = `# HELP requests_running Requests.
# TYPE requests_running gauge
requests_running{engine="0",note="a } b"} 2.0
requests_running{engine="1"} 1 1790000000000
requests_running_by_reason{engine="1"} 40
plain 5
broken{engine="0"} NaN
`;

t.test('adds all label sets of one metric and no other metric', async (t) => {
  t.equal(sumOfMetric(text, 'requests_running'), 3);
  t.equal(sumOfMetric(text, 'plain'), 5);
});

t.test('with a label, adds those that have it alone', async (t) => {
  t.equal(sumOfMetric(text, 'requests_running', 'engine="1"'), 1);
  t.equal(sumOfMetric(text, 'requests_running', 'engine="2"'), undefined);
});

t.test('an absent metric or one without a figure is unknown, not 0', async (t) => {
  t.equal(sumOfMetric(text, 'requests'), undefined);
  t.equal(sumOfMetric(text, 'broken'), undefined);
  t.equal(sumOfMetric('', 'plain'), undefined);
});
