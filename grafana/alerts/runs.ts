/**
 * Nothing is measured any more, or what is measured fails. Of one cause one alert: a server that is down, or has no model
 * loaded, excuses the runs that fail by it; a schedule that does not run is either excused or not.
 */
import { excusingSkipReasons } from '../../src/metrics/skip-excuse.js';
import type { AlertGroup } from '../alert-rule.js';
import { metric } from '../metric.js';

const interval = metric('typhon_schedule_interval_seconds');
const lastRun = metric('typhon_schedule_last_run_timestamp_seconds');
const lastSkip = metric('typhon_schedule_last_skip_timestamp_seconds');
const paused = metric('typhon_schedule_paused');
const targetUp = metric('typhon_target_up');
const modelLoaded = metric('typhon_target_model_loaded');

// One sample for each schedule, whatever labels a scraper or a remote write adds.
const perSchedule = (operator: string) => `${operator} ignoring (schedule) group_left ()`;
const START = `${interval} * 0 ${perSchedule('+')} process_start_time_seconds`;
const SINCE_RUN = `(time() - (${lastRun} or ${START}))`;
// What an agent that was switched off has missed is not the schedule's fault.
const UPTIME = `(${interval} * 0 + time() ${perSchedule('-')} process_start_time_seconds)`;

const DAY_S = 86_400;
/** Two runs in a row are missing, and half an interval is left for jitter and for what a run takes. */
const INTERVALS = 2.5;
/** A skip excuses one interval, and the same half for the jitter of the next run. */
const EXCUSED_INTERVALS = 1.5;
const excuses = excusingSkipReasons.join('|');
const EXCUSED = `time() - max without (reason) (${lastSkip}{reason=~"${excuses}"}) < ${EXCUSED_INTERVALS} * ${interval}`;

/** From a test to its model, and from a model to its target: whatever else the series have stays. */
const PER_MODEL = 'without (server, test, category, ctx_size)';
const PER_TARGET = 'without (server, model, test, category, ctx_size)';
const failing = `max ${PER_MODEL} (${metric('typhon_benchmark_consecutive_failures')})`;
const lastAttempt = `max ${PER_MODEL} (${metric('typhon_benchmark_last_run_timestamp_seconds')})`;
const lastSuccess = metric('typhon_benchmark_last_success_timestamp_seconds');
/** When the server was last seen down; looked at every five minutes of the last day. */
const LAST_DOWN = `max_over_time(timestamp(${targetUp} == 0)[1d:5m])`;
const LOOKS_APART_S = 300;

const SCHEDULE = 'The schedule {{ $labels.schedule }} of {{ $labels.instance }}';
const ofSchedule = ['job', 'instance', 'schedule'];
const lastRunFact = { query: (matchers: string) => `${lastRun}${matchers}` };
/** The reason of the newest skip. */
const skipFact = {
  query: (matchers: string) => `topk by (${ofSchedule.join(', ')}) (1, ${lastSkip}${matchers})`,
  label: 'reason',
};

export const runAlerts: AlertGroup = {
  name: 'typhon-runs',
  rules: [
    {
      name: 'TyphonRunsFailing',
      watched: failing,
      wrong: [
        '>= 2',
        `unless ignoring (model) ${targetUp} == 0`,
        `unless ignoring (model) ${modelLoaded} == 0`,
        // A server that is back has failed its last attempts because it was away.
        `unless ${lastAttempt} - ignoring (model) group_left () ${LAST_DOWN} < ${LOOKS_APART_S}`,
      ].join(' '),
      severity: 'warning',
      factsBy: ['job', 'instance', 'target', 'model'],
      facts: {
        tests: {
          query: (matchers) =>
            `count ${PER_MODEL} (${metric('typhon_benchmark_consecutive_failures')}${matchers} >= 2)`,
        },
        error: {
          query: (matchers) =>
            `topk by (job, instance, target, model) (1, sum ${PER_MODEL} (${metric('typhon_benchmark_request_failures_total')}${matchers}))`,
          label: 'error',
        },
        good: { query: (matchers) => `max ${PER_MODEL} (${lastSuccess}${matchers})` },
      },
      summary: 'Runs of {{ $labels.model }} on {{ $labels.target }} ({{ $labels.instance }}) fail again and again',
      description: [
        'The last {{ $value | humanize }} attempts had no request that succeeded, in {{ $tests | humanize }} tests; ',
        'the server answers, and its model is loaded. {{ if $error }}Most often: {{ $error }}. {{ end }}',
        '{{ if $good }}The last success was {{ $good | humanizeTimestamp }}.{{ else }}No success is known.{{ end }}',
      ].join(''),
    },
    {
      name: 'TyphonNoRun',
      watched: `${SINCE_RUN} / ${interval}`,
      wrong: [
        `> ${INTERVALS}`,
        `and ${UPTIME} > ${INTERVALS} * ${interval}`,
        `unless ${EXCUSED}`,
        `unless ${paused} == 1`,
        `unless on (job, instance) max by (job, instance) (${targetUp}) == 0`,
      ].join(' '),
      severity: 'warning',
      factsBy: ofSchedule,
      facts: { last: lastRunFact, skip: skipFact },
      summary: `${SCHEDULE} does not run`,
      description: [
        'Its last run ended {{ $value | humanize }} intervals ago{{ if $last }}, {{ $last | humanizeTimestamp }}{{ end }}, and nothing excuses it.',
        '{{ if $skip }}The last skip was for {{ $skip }}. {{ end }}Look whether a job hangs: `GET /jobs?status=running`.',
      ].join(' '),
    },
    {
      name: 'TyphonScheduleSkipping',
      watched: SINCE_RUN,
      wrong: [
        `> ${DAY_S}`,
        `and ${SINCE_RUN} > 2 * ${interval}`,
        `and ${UPTIME} > ${DAY_S}`,
        `and ${UPTIME} > 2 * ${interval}`,
        `and ${EXCUSED}`,
        `unless ${paused} == 1`,
      ].join(' '),
      severity: 'info',
      factsBy: ofSchedule,
      facts: { skip: skipFact },
      summary: `${SCHEDULE} skips every run`,
      description:
        'Nothing was measured for {{ $value | humanizeDuration }}: each time there was a reason not to, the last time {{ $skip }}.',
    },
    {
      name: 'TyphonModelNotLoaded',
      watched: `max_over_time(${modelLoaded}[1d])`,
      wrong: ['== 0', `and ${targetUp} == 1`, `unless time() - max ${PER_TARGET} (${lastSuccess}) < ${DAY_S}`].join(
        ' ',
      ),
      // As long as the day rests on the first answers of an agent that has just begun.
      lasting: '60m',
      severity: 'info',
      summary: 'No model is loaded on {{ $labels.target }} of {{ $labels.instance }}',
      description:
        'The server answers, but at no time of the last day was a model in its memory ({{ $value | humanize }} of the looks found one), and nothing was measured.',
    },
  ],
};
