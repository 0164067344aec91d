/** What a model says, not how fast. */
import type { AlertGroup } from '../alert-rule.js';
import { metric } from '../metric.js';

export const outputAlerts: AlertGroup = {
  name: 'typhon-output',
  rules: [
    {
      name: 'TyphonOutputChanged',
      watched: metric('typhon_benchmark_canary_match'),
      // The agent has asked five times before it says so, and says it until the old answer is back.
      wrong: '== 0',
      severity: 'warning',
      summary: '{{ $labels.model }} on {{ $labels.target }} ({{ $labels.instance }}) answers otherwise than before',
      description:
        'The same request at temperature 0 has another answer than in earlier runs, though model file, server version, driver and context are the same (match {{ $value | humanize }}): memory or a card that fails, an overclock, a model or a template exchanged under its name. `typhon report` on the machine and the page show both answers; if the change was meant, POST /trends/baseline makes the next one the new normal.',
    },
  ],
};
