/** Nothing is measured any more, or what is measured fails. */
import type { AlertGroup } from '../alert-rule.js';
import { metric } from '../metric.js';

const interval = metric('typhon_schedule_interval_seconds');
const lastRun = metric('typhon_schedule_last_run_timestamp_seconds');
const skipped = metric('typhon_schedule_skipped_total');
const paused = metric('typhon_schedule_paused');
const failures = metric('typhon_benchmark_consecutive_failures');

// One sample for each schedule, whatever labels a scraper or a remote write adds.
const perSchedule = (operator: string) => `${operator} ignoring (schedule) group_left ()`;
const START = `${interval} * 0 ${perSchedule('+')} process_start_time_seconds`;
const SINCE_RUN = `(time() - (${lastRun} or ${START}))`;
// What an agent that was switched off has missed is not the schedule's fault.
const UPTIME = `(${interval} * 0 + time() ${perSchedule('-')} process_start_time_seconds)`;

const DAY_S = 86_400;
/** Two runs in a row are missing, and half an interval is left for jitter and for what a run takes. */
const INTERVALS = 2.5;

export const runAlerts: AlertGroup = {
  name: 'typhon-runs',
  rules: [
    {
      name: 'TyphonRunsFailing',
      watched: failures,
      wrong: '>= 2',
      severity: 'warning',
      summary:
        '{{ $labels.test }} of {{ $labels.model }} on {{ $labels.target }} ({{ $labels.instance }}) fails again and again',
      description: 'The last {{ $value | humanize }} attempts had no request that succeeded.',
    },
    {
      name: 'TyphonNoRun',
      watched: `${SINCE_RUN} / ${interval}`,
      wrong: [
        `> ${INTERVALS}`,
        `and ${UPTIME} > ${INTERVALS} * ${interval}`,
        `unless sum without (reason) (increase(${skipped}[1d])) > 0`,
        `unless ${paused} == 1`,
      ].join(' '),
      severity: 'warning',
      summary: 'The schedule {{ $labels.schedule }} of {{ $labels.instance }} does not run',
      description: 'Its last run ended {{ $value | humanize }} intervals ago, and nothing was skipped on purpose.',
    },
    {
      name: 'TyphonScheduleSkipping',
      watched: SINCE_RUN,
      wrong: [
        `> ${DAY_S}`,
        `and ${SINCE_RUN} > 2 * ${interval}`,
        `and ${UPTIME} > ${DAY_S}`,
        `and ${UPTIME} > 2 * ${interval}`,
        `and sum without (reason) (increase(${skipped}{reason!="paused"}[1d])) > 0`,
      ].join(' '),
      severity: 'info',
      summary: 'The schedule {{ $labels.schedule }} of {{ $labels.instance }} skips every run',
      description: 'Nothing was measured for {{ $value | humanizeDuration }}: each time there was a reason not to.',
    },
  ],
};
