/** What the agent is asked over HTTP. */
import type { MetricFamily } from '../metric.js';

export const http = [
  {
    name: 'typhon_http_requests_total',
    type: 'counter',
    help: 'Answers given over HTTP, by endpoint (other where there is none) and status code; 401 counts failed logins. A sample exists once its code has occurred.',
    labels: ['path', 'code'],
    samples: ({ answers }) =>
      Array.from(answers.counts(), ({ path, code, count }) => ({ labels: { path, code: String(code) }, value: count })),
  },
] as const satisfies MetricFamily;
