import t from 'tap';
import { formatFor } from '../../../src/metrics/text/negotiation.js';

t.test('scrapers get the format that they ask for', async (t) => {
  const prometheus2 =
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
  const prometheus3 =
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1';
  t.equal(formatFor(prometheus2), 'openmetrics');
  t.equal(formatFor(prometheus3), 'openmetrics');
  t.equal(formatFor('application/openmetrics-text; version="1.0.0"'), 'openmetrics');
  t.equal(formatFor('Application/OpenMetrics-Text'), 'openmetrics');
});

t.test('everybody else gets plain text', async (t) => {
  for (const accept of [
    undefined,
    '',
    '*/*',
    'text/html,application/xhtml+xml,*/*;q=0.8',
    'text/plain;version=0.0.4',
    'application/openmetrics-text;version=0.0.1',
    'application/openmetrics-text;q=0',
    'application/openmetrics-text;q=0.2,text/plain;q=0.7',
    'application/openmetrics-text;q=much',
    ';;;,,q=1',
  ]) {
    t.equal(formatFor(accept), 'text', String(accept));
  }
});
