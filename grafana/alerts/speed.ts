/**
 * The machine got slower. A benchmark's gauge holds its last value for hours, so a duration cannot tell one bad run from
 * many: these rest on the agent's own judgement, which takes several runs. One slowdown is one alert, however many tests
 * and signals show it.
 */
import type { AlertFact, AlertGroup } from '../alert-rule.js';
import { metric } from '../metric.js';

const SPEEDS = '{signal=~"decode_speed|prefill_speed"}';
const COSTS = '{signal=~"ttft|energy_per_token"}';
const SLOWNESS = '{signal=~"decode_speed|prefill_speed|ttft"}';

const ratio = metric('typhon_regression_ratio');
const active = metric('typhon_regression_active');
const drift = metric('typhon_drift_ratio_per_30d');

const SERIES = '{{ $labels.test }} of {{ $labels.model }} on {{ $labels.target }} ({{ $labels.instance }})';
const MODEL = '{{ $labels.model }} on {{ $labels.target }} ({{ $labels.instance }})';

function fact(name: Parameters<typeof metric>[0], label?: string): AlertFact {
  return { query: (matchers) => `${metric(name)}${matchers}`, ...(label === undefined ? {} : { label }) };
}

const NOW_AND_NORMAL = [
  '{{ if $normal }}{{ $now | printf "%.1f" }} tok/s instead of {{ $normal | printf "%.1f" }}',
  '{{ else }}first token after {{ $wait | printf "%.2f" }} s instead of {{ $usual | printf "%.2f" }} s{{ end }}',
].join('');

export const speedAlerts: AlertGroup = {
  name: 'typhon-speed',
  rules: [
    {
      name: 'TyphonSlower',
      watched: metric('typhon_slowdown_slower_tests'),
      wrong: '> 0',
      severity: 'warning',
      factsBy: ['job', 'instance', 'target', 'model'],
      facts: {
        tests: fact('typhon_slowdown_judged_tests'),
        now: fact('typhon_slowdown_tokens_per_second'),
        normal: fact('typhon_slowdown_baseline_tokens_per_second'),
        wait: fact('typhon_slowdown_time_to_first_token_seconds'),
        usual: fact('typhon_slowdown_baseline_time_to_first_token_seconds'),
        ratio: fact('typhon_slowdown_ratio'),
        since: fact('typhon_slowdown_since_timestamp_seconds'),
        test: fact('typhon_slowdown_info', 'test'),
        signal: fact('typhon_slowdown_info', 'signal'),
        cause: fact('typhon_slowdown_info', 'cause'),
      },
      summary: `${MODEL} is slower: ${NOW_AND_NORMAL}`,
      description: [
        '{{ $value | humanize }} of {{ $tests | humanize }} tests are slower than normal since {{ $since | humanizeTimestamp }}.',
        `Worst: {{ $signal }} of {{ $test }}, ${NOW_AND_NORMAL} ({{ $ratio | humanizePercentage }}).`,
        'Likely cause: {{ if $cause }}{{ $cause }}{{ else }}not known{{ end }}.',
        '`typhon report` on the machine says what changed; if the change was meant, POST /trends/baseline makes it the new normal.',
      ].join(' '),
    },
    {
      name: 'TyphonTestSlower',
      watched: `${ratio}${SLOWNESS}`,
      wrong: `and ${active}${SLOWNESS} == 1`,
      severity: 'info',
      summary: `{{ $labels.signal }} of ${SERIES} got worse`,
      description:
        'The median of the last runs differs from the baseline by {{ $value | humanizePercentage }}, and several runs in a row say so.',
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
