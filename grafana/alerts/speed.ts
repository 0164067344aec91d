/**
 * The machine got slower. A benchmark's gauge holds its last value for hours, so a duration cannot tell one bad run from
 * many: these rest on the agent's own judgement, which takes several runs.
 */
import type { AlertGroup } from '../alert-rule.js';
import { metric } from '../metric.js';

const SPEEDS = '{signal=~"decode_speed|prefill_speed"}';
const COSTS = '{signal=~"ttft|energy_per_token"}';
const TTFT = '{signal="ttft"}';

const ratio = metric('typhon_regression_ratio');
const active = metric('typhon_regression_active');
const drift = metric('typhon_drift_ratio_per_30d');

const SERIES = '{{ $labels.test }} of {{ $labels.model }} on {{ $labels.target }} ({{ $labels.instance }})';

export const speedAlerts: AlertGroup = {
  name: 'typhon-speed',
  rules: [
    {
      name: 'TyphonThroughputDropped',
      watched: `${ratio}${SPEEDS}`,
      wrong: `and ${active}${SPEEDS} == 1`,
      severity: 'warning',
      summary: `{{ $labels.signal }} of ${SERIES} has dropped`,
      description:
        'The median of the last runs differs from the baseline by {{ $value | humanizePercentage }}, and several runs in a row say so.',
    },
    {
      name: 'TyphonTimeToFirstTokenRose',
      watched: `${ratio}${TTFT}`,
      wrong: `and ${active}${TTFT} == 1`,
      severity: 'warning',
      summary: `Time to first token of ${SERIES} has risen`,
      description:
        'The median of the last runs is {{ $value | humanizePercentage }} above the baseline, and several runs in a row say so.',
    },
    {
      name: 'TyphonSlowDrift',
      watched: `(${drift}${SPEEDS} * -1 or ${drift}${COSTS})`,
      wrong: '> 0.01',
      severity: 'info',
      summary: `{{ $labels.signal }} of ${SERIES} gets worse month by month`,
      description:
        'It gets worse by {{ $value | humanizePercentage }} within 30 days, by the slope over the longest of 30, 90 and 365 days that shows one.',
    },
  ],
};
