import { join } from 'node:path';
import t from 'tap';
import { labelVariables } from '../../grafana/variable.js';
import { withVariables } from '../fixtures/dashboard-variables.js';
import { skipWithoutPrometheus } from '../fixtures/prometheus-package.js';
import { startPrometheus } from '../fixtures/prometheus-server.js';
import { until } from '../fixtures/typhon-process.js';

t.test('an agent that was down all the time is offered all the same', { skip: skipWithoutPrometheus() }, async (t) => {
  const job = 'lab/typhon-agents';
  const prometheus = await startPrometheus(t, {
    folder: join(t.testdir({}), 'prometheus'),
    config: {
      global: { scrape_interval: '1s', scrape_timeout: '1s' },
      scrape_configs: [
        // Nobody listens on port 1.
        { job_name: job, static_configs: [{ targets: ['127.0.0.1:1'] }] },
        { job_name: 'node', static_configs: [{ targets: ['127.0.0.1:1'] }] },
      ],
    },
  });
  await until(async () => (await prometheus.query('up')).length === 2);
  const offered = async (name: string) => {
    const { selector, of } = labelVariables.find((variable) => variable.name === name) ?? { selector: '', of: '' };
    return prometheus.labelValues(of, withVariables(selector, { rangeS: 60, intervalS: 1, scrapeS: 1 }, { job }));
  };
  t.same(await offered('job'), [job], 'and no job of others');
  t.same(await offered('machine'), ['127.0.0.1:1']);
  t.same(await offered('instance'), ['127.0.0.1:1']);
});
