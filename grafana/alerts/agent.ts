/** The agent, or a server that it measures, is not there. */
import type { AlertGroup } from '../alert-rule.js';
import { metric } from '../metric.js';

export const agentAlerts: AlertGroup = {
  name: 'typhon-agent',
  rules: [
    {
      name: 'TyphonAgentDown',
      watched: 'up{job=~".*typhon.*"}',
      wrong: '== 0',
      lasting: '5m',
      severity: 'critical',
      summary: 'The agent {{ $labels.instance }} cannot be scraped',
      description: 'up is {{ $value | humanize }} for 5 minutes: the machine, the agent or the way to it is down.',
    },
    {
      name: 'TyphonTargetDown',
      watched: metric('typhon_target_up'),
      wrong: '== 0',
      lasting: '15m',
      severity: 'warning',
      factsBy: ['job', 'instance', 'target'],
      facts: {
        good: {
          query: (matchers) =>
            `max without (server, model, test, category, ctx_size) (${metric('typhon_benchmark_last_success_timestamp_seconds')}${matchers})`,
        },
      },
      summary: 'The LLM server {{ $labels.target }} of {{ $labels.instance }} is down',
      description: [
        'It was asked every 30 seconds, and typhon_target_up is {{ $value | humanize }} for 15 minutes: it cannot be reached, or what answers is no LLM server.',
        '{{ if $good }}It was measured last {{ $good | humanizeTimestamp }}. {{ end }}Start it; `typhon scan` on the machine says what is there.',
      ].join(' '),
    },
    {
      name: 'TyphonConfigReloadFailed',
      watched: metric('typhon_config_last_reload_successful'),
      wrong: '== 0',
      lasting: '5m',
      severity: 'warning',
      summary: 'The agent {{ $labels.instance }} refused its configuration',
      description:
        'The last reload ended with {{ $value | humanize }} for success: the configuration before it is in force.',
    },
    {
      name: 'TyphonHistoryUnreadable',
      watched: metric('typhon_restore_errors_total'),
      wrong: '> 0',
      severity: 'warning',
      summary: 'The agent {{ $labels.instance }} could not read its {{ $labels.file }}',
      description:
        '{{ $value | humanize }} of its files could not be read when it started: what is in them is not shown.',
    },
    {
      name: 'TyphonSeriesDropped',
      watched: `increase(${metric('typhon_series_dropped_total')}[1d])`,
      wrong: '> 0',
      severity: 'warning',
      summary: 'The agent {{ $labels.instance }} has given up benchmark series',
      description:
        'About {{ $value | printf "%.0f" }} within a day: more models and tests are measured than it keeps, and those measured longest ago are gone from /metrics. The chronicle still has them.',
    },
  ],
};
