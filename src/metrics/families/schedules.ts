/** When benchmarks run by themselves, and why they did not. */
import { scheduleSkipReasons } from '../../shared/skip-reason.js';
import type { MetricFamily } from '../metric.js';
import { type MetricSample, sampleOf } from '../sample.js';

const MS_PER_SECOND = 1000;

export const schedules = [
  {
    name: 'typhon_schedule_next_run_timestamp_seconds',
    type: 'gauge',
    help: 'When the schedule is due next, without jitter, in seconds since the epoch; nothing while it is paused.',
    labels: ['schedule'],
    samples: (sources) =>
      sources.schedules().flatMap(({ schedule: { name }, nextRun }) => {
        return sampleOf({ schedule: name }, nextRun === undefined ? undefined : nextRun.getTime() / MS_PER_SECOND);
      }),
  },
  {
    name: 'typhon_schedule_interval_seconds',
    type: 'gauge',
    help: 'Longest time between two runs of the schedule within a week, in seconds.',
    labels: ['schedule'],
    samples: (sources) =>
      sources.schedules().flatMap(({ schedule: { name }, intervalMs }) => {
        return sampleOf({ schedule: name }, intervalMs === undefined ? undefined : intervalMs / MS_PER_SECOND);
      }),
  },
  {
    name: 'typhon_schedule_last_run_timestamp_seconds',
    type: 'gauge',
    help: 'When a job of the schedule ended last, with a result or an error, in seconds since the epoch.',
    labels: ['schedule'],
    samples: (sources) =>
      sources.schedules().flatMap(({ schedule: { name } }) => {
        const endedAtMs = sources.scheduleRuns.endedAtMs(name);
        return sampleOf({ schedule: name }, endedAtMs === undefined ? undefined : endedAtMs / MS_PER_SECOND);
      }),
  },
  {
    name: 'typhon_schedule_paused',
    type: 'gauge',
    help: '1 while the schedule is paused by hand, else 0.',
    labels: ['schedule'],
    samples: (sources) =>
      sources.schedules().map(({ schedule: { name }, paused }) => ({
        labels: { schedule: name },
        value: Number(paused),
      })),
  },
  {
    name: 'typhon_schedule_skipped_total',
    type: 'counter',
    help: 'Runs of the schedule that did not take place since the agent started, by reason.',
    labels: ['schedule', 'reason'],
    samples: (sources): MetricSample[] =>
      sources.schedules().flatMap(({ schedule: { name } }) =>
        scheduleSkipReasons.map((reason) => ({
          labels: { schedule: name, reason },
          value: sources.skips.count(name, reason),
        })),
      ),
  },
  {
    name: 'typhon_schedule_last_skip_timestamp_seconds',
    type: 'gauge',
    help: 'When a run of the schedule was last skipped for this reason, in seconds since the epoch. A sample exists once that has happened since the agent started.',
    labels: ['schedule', 'reason'],
    samples: (sources): MetricSample[] =>
      sources.schedules().flatMap(({ schedule: { name } }) =>
        scheduleSkipReasons.flatMap((reason) => {
          const atMs = sources.skips.lastAtMs(name, reason);
          return sampleOf({ schedule: name, reason }, atMs === undefined ? undefined : atMs / MS_PER_SECOND);
        }),
      ),
  },
] as const satisfies MetricFamily;
