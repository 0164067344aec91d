import t from 'tap';
import { type SeriesName, scrapeSeries, series, seriesOfAny, unfiltered } from '../../grafana/series.js';

t.test('a metric is filtered by the variables of the labels that it has, and by no others', async (t) => {
  t.equal(
    series('typhon_jobs_running'),
    'typhon_jobs_running{job=~"$job", instance=~"$machine", instance=~"$instance"}',
  );
  t.equal(
    series('typhon_target_up'),
    'typhon_target_up{job=~"$job", instance=~"$machine", instance=~"$instance", target=~"$target"}',
  );
  t.equal(
    series('typhon_regression_active', { signal: 'ttft' }),
    'typhon_regression_active{job=~"$job", instance=~"$machine", instance=~"$instance", target=~"$target", model=~"$model", test=~"$test", signal="ttft"}',
  );
});

t.test('a label may be left open, or be wanted not to have a value', async (t) => {
  t.equal(
    series('typhon_target_info', { version: { not: '' }, model: unfiltered, target: unfiltered }),
    'typhon_target_info{job=~"$job", instance=~"$machine", instance=~"$instance", version!=""}',
  );
  t.equal(series('typhon_build_info', { job: unfiltered, instance: unfiltered }), 'typhon_build_info');
});

t.test('the samples of a histogram have the labels of the histogram', async (t) => {
  t.equal(
    series('typhon_job_duration_seconds_bucket', { mode: 'quick' }),
    'typhon_job_duration_seconds_bucket{job=~"$job", instance=~"$machine", instance=~"$instance", mode="quick"}',
  );
});

t.test('what Prometheus and the process tell is filtered by the scrape alone', async (t) => {
  t.equal(scrapeSeries('up'), 'up{job=~"$job", instance=~"$machine", instance=~"$instance"}');
  t.equal(
    seriesOfAny(['typhon_target_up', 'typhon_benchmark_success']),
    '{__name__=~"typhon_target_up|typhon_benchmark_success", job=~"$job", instance=~"$machine", instance=~"$instance"}',
  );
});

t.test('a metric that the registry does not have is refused', async (t) => {
  t.throws(() => series('typhon_no_such_thing' as SeriesName), {
    message: 'the registry has no metric typhon_no_such_thing',
  });
});
