import t from 'tap';
import { AnswerTally } from '../../src/metrics/answer-tally.js';
import { http } from '../../src/metrics/families/http.js';
import type { MetricSources } from '../../src/metrics/metric-sources.js';

t.test('counts by endpoint and code, with a sample for what has occurred alone', async (t) => {
  const answers = new AnswerTally();
  const samples = () => http[0].samples({ answers } as unknown as MetricSources);
  t.same(samples(), []);
  for (const code of [200, 401, 200]) answers.onAnswer('/jobs/run', code);
  answers.onAnswer('other', 404);
  t.same(samples(), [
    { labels: { path: '/jobs/run', code: '200' }, value: 2 },
    { labels: { path: '/jobs/run', code: '401' }, value: 1 },
    { labels: { path: 'other', code: '404' }, value: 1 },
  ]);
});
