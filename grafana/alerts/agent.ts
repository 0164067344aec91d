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
      summary: 'The LLM server {{ $labels.target }} of {{ $labels.instance }} is down',
      description:
        'It was asked every 30 seconds, and typhon_target_up is {{ $value | humanize }} for 15 minutes: no model there can be measured.',
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
  ],
};
