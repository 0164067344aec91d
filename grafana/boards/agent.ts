/** The agents themselves: jobs, schedules, the runner and the process. */
import { agentMarks, runMarks } from '../annotation.js';
import type { Board, BoardRow } from '../board.js';
import { AGENT_LEGEND, RATIO, upOrDown } from '../look.js';
import { table } from '../panels/table.js';
import { timeSeries } from '../panels/time-series.js';
import { by, increaseOf, MACHINE } from '../promql.js';
import { query } from '../query.js';
import { scrapeSeries, series } from '../series.js';
import { uids } from '../uid.js';
import { agentProcess, collectors, runner } from './agent-process.js';

const MACHINE_MODE = [...MACHINE, 'mode'];
const JOB_LABELS = [...MACHINE_MODE, 'trigger'];
const SCHEDULE = [...MACHINE, 'schedule'];
const SKIP_LABELS = [...SCHEDULE, 'reason'];
const JOB_LEGEND = '{{mode}} by {{trigger}} @ {{instance}}';

/** Mean seconds of the jobs that ended in the range; of none where there was none. */
function meanDuration(): string {
  const seconds = by('sum', MACHINE_MODE, increaseOf(series('typhon_job_duration_seconds_sum'), '$__range'));
  const jobs = by('sum', MACHINE_MODE, increaseOf(series('typhon_job_duration_seconds_count'), '$__range'));
  return `${seconds} / (${jobs} > 0)`;
}

const agents: BoardRow = {
  title: 'Agents',
  panels: [
    table({
      id: 1,
      title: 'Agents',
      description: 'What each agent is, since when it runs, and whether its configuration is the one on disk.',
      unit: 'short',
      width: 24,
      height: 7,
      labels: [
        { label: 'instance', header: 'Machine' },
        { label: 'version', header: 'typhon' },
        { label: 'node_version', header: 'Node.js' },
        { label: 'os', header: 'System' },
        { label: 'kernel', header: 'Kernel' },
      ],
      values: [
        { header: 'Agent', query: query(by('max', MACHINE, scrapeSeries('up'))), states: upOrDown },
        { query: query(by('max', [...MACHINE, 'version', 'node_version'], series('typhon_build_info'))) },
        { query: query(by('max', [...MACHINE, 'os', 'kernel'], series('typhon_machine_info'))) },
        {
          header: 'Started',
          query: query(`${by('max', MACHINE, scrapeSeries('process_start_time_seconds'))} * 1000`),
          unit: 'dateTimeFromNow',
        },
        {
          header: 'Starts in the range',
          query: query(by('max', MACHINE, `changes(${scrapeSeries('process_start_time_seconds')}[$__range])`)),
          thresholds: ['green', [1, 'orange'], [5, 'red']],
        },
        {
          header: 'Configuration',
          query: query(by('min', MACHINE, series('typhon_config_last_reload_successful'))),
          states: { '0': { text: 'refused', color: 'red' }, '1': { text: 'in force', color: 'green' } },
        },
        {
          header: 'Read',
          query: query(`${by('max', MACHINE, series('typhon_config_last_reload_success_timestamp_seconds'))} * 1000`),
          unit: 'dateTimeFromNow',
        },
        {
          header: 'Files not restored',
          query: query(by('sum', MACHINE, series('typhon_restore_errors_total'))),
          thresholds: ['green', [1, 'orange']],
        },
        {
          header: 'Series dropped',
          query: query(by('sum', MACHINE, series('typhon_series_dropped_total'))),
          thresholds: ['green', [1, 'orange']],
        },
      ],
      sortBy: { header: 'Machine', desc: false },
    }),
  ],
};

const jobs: BoardRow = {
  title: 'Jobs',
  panels: [
    timeSeries({
      id: 10,
      title: 'Jobs running and waiting',
      description: 'One benchmark runs at a time on a machine; the others wait.',
      unit: 'short',
      width: 8,
      height: 9,
      queries: [
        query(by('max', MACHINE, series('typhon_jobs_running')), 'running @ {{instance}}'),
        query(by('max', MACHINE, series('typhon_jobs_queued')), 'waiting @ {{instance}}'),
      ],
      values: 'held',
      min: 0,
      legendValues: ['lastNotNull', 'max'],
    }),
    timeSeries({
      id: 11,
      title: 'Progress of the running job',
      description: 'Share of its tests that it has done.',
      unit: RATIO,
      width: 8,
      height: 9,
      queries: [query(by('max', MACHINE, series('typhon_job_progress_ratio')), AGENT_LEGEND)],
      values: 'held',
      min: 0,
      max: 1,
      legendValues: ['lastNotNull'],
      noValue: 'nothing ran',
    }),
    timeSeries({
      id: 12,
      title: 'Jobs ended',
      description: 'However they did.',
      unit: 'short',
      width: 8,
      height: 9,
      queries: [query(by('sum', JOB_LABELS, increaseOf(series('typhon_jobs_total'), '$__rate_interval')), JOB_LEGEND)],
      values: 'counted',
      min: 0,
      legendValues: ['max'],
    }),
    table({
      id: 13,
      title: 'Jobs in the range',
      description: 'Failed: by an error, or because the agent stopped while they were active.',
      unit: 'short',
      width: 14,
      height: 9,
      labels: [
        { label: 'instance', header: 'Machine' },
        { label: 'mode', header: 'Mode' },
        { label: 'trigger', header: 'Asked for by' },
      ],
      values: [
        {
          header: 'Ended',
          query: query(by('sum', JOB_LABELS, increaseOf(series('typhon_jobs_total'), '$__range'))),
          decimals: 0,
        },
        {
          header: 'Failed',
          query: query(by('sum', JOB_LABELS, increaseOf(series('typhon_jobs_failed_total'), '$__range'))),
          decimals: 0,
          thresholds: ['green', [0.5, 'red']],
        },
        {
          header: 'Cancelled',
          query: query(by('sum', JOB_LABELS, increaseOf(series('typhon_jobs_cancelled_total'), '$__range'))),
          decimals: 0,
        },
      ],
      sortBy: { header: 'Ended', desc: true },
    }),
    table({
      id: 14,
      title: 'Duration of jobs in the range',
      description: 'Of jobs that were neither cancelled nor interrupted. The 95th percentile is read off a histogram.',
      unit: 's',
      width: 10,
      height: 9,
      labels: [
        { label: 'instance', header: 'Machine' },
        { label: 'mode', header: 'Mode' },
      ],
      values: [
        { header: 'Mean', query: query(meanDuration()), unit: 's' },
        {
          header: '95th percentile',
          // Of no job at all it is no number, and no number is not even 0.
          query: query(
            `histogram_quantile(0.95, ${by('sum', [...MACHINE_MODE, 'le'], increaseOf(series('typhon_job_duration_seconds_bucket'), '$__range'))}) >= 0`,
          ),
          unit: 's',
        },
      ],
      sortBy: { header: 'Mean', desc: true },
    }),
  ],
};

const schedules: BoardRow = {
  title: 'Schedules',
  panels: [
    table({
      id: 20,
      title: 'Schedules',
      description:
        'When a job of each schedule ended last, and when it is due next, without its jitter; nothing while it is paused.',
      unit: 'short',
      width: 12,
      height: 9,
      labels: [
        { label: 'instance', header: 'Machine' },
        { label: 'schedule', header: 'Schedule' },
      ],
      values: [
        {
          header: 'Last run',
          query: query(`${by('max', SCHEDULE, series('typhon_schedule_last_run_timestamp_seconds'))} * 1000`),
          unit: 'dateTimeFromNow',
        },
        {
          header: 'Next run',
          query: query(`${by('min', SCHEDULE, series('typhon_schedule_next_run_timestamp_seconds'))} * 1000`),
          unit: 'dateTimeFromNow',
        },
        {
          header: 'State',
          query: query(by('max', SCHEDULE, series('typhon_schedule_paused'))),
          states: { '0': { text: 'on', color: 'green' }, '1': { text: 'paused', color: 'orange' } },
        },
      ],
      sortBy: { header: 'Next run', desc: false },
    }),
    table({
      id: 22,
      title: 'Runs skipped in the range',
      description: 'Server busy and GPU busy are manners, not faults: somebody else was using the machine.',
      unit: 'short',
      width: 12,
      height: 9,
      labels: [
        { label: 'instance', header: 'Machine' },
        { label: 'schedule', header: 'Schedule' },
        { label: 'reason', header: 'Reason' },
      ],
      values: [
        {
          header: 'Skipped',
          query: query(by('sum', SKIP_LABELS, increaseOf(series('typhon_schedule_skipped_total'), '$__range'))),
          decimals: 0,
        },
      ],
      nonZero: true,
      sortBy: { header: 'Skipped', desc: true },
      noValue: 'No run was skipped.',
    }),
    timeSeries({
      id: 21,
      title: 'Runs skipped',
      description: 'Runs of schedules that did not take place, by reason.',
      unit: 'short',
      width: 24,
      height: 9,
      queries: [
        query(
          by('sum', SKIP_LABELS, increaseOf(series('typhon_schedule_skipped_total'), '$__rate_interval')),
          '{{reason}} · {{schedule}} @ {{instance}}',
        ),
      ],
      values: 'counted',
      min: 0,
      legendValues: ['max'],
    }),
  ],
};

export const agent: Board = {
  uid: uids.agent,
  title: 'typhon · Agent',
  description: 'The agents themselves: jobs, schedules and what they skipped, where the runner is, and the process.',
  from: 'now-6h',
  refresh: '30s',
  annotations: [runMarks(), ...agentMarks],
  rows: [agents, jobs, schedules, runner, collectors, agentProcess],
};
