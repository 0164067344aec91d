import t from 'tap';
import { query } from '../../grafana/query.js';

t.test('a query needs what its metrics need, each need once', async (t) => {
  t.same(query('typhon_jobs_running'), { expr: 'typhon_jobs_running', needs: [] });
  t.same(query('typhon_gpu_power_watts / typhon_gpu_power_limit_watts', '{{gpu}}'), {
    expr: 'typhon_gpu_power_watts / typhon_gpu_power_limit_watts',
    legend: '{{gpu}}',
    needs: ['gpu'],
  });
  t.same(query('typhon_benchmark_gpu_throttled_ratio * typhon_regression_ratio').needs, ['baseline', 'gpu']);
  t.same(query('typhon_drift_ratio_per_30d').needs, ['drift']);
});

t.test('its own needs go before those of its metrics', async (t) => {
  t.same(query('typhon_gpu_info or up', undefined, []).needs, []);
  t.same(query('typhon_gpu_info unless up', undefined, ['change']).needs, ['change']);
});
