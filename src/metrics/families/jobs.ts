/** Benchmarks that were asked for. */
import { benchmarkModes } from '../../benchmark/plan.js';
import type { JobCounts } from '../job-tally.js';
import type { MetricFamily } from '../metric.js';
import type { MetricSources } from '../metric-sources.js';
import { type MetricSample, single } from '../sample.js';

function eachTrigger(read: (counts: JobCounts) => number) {
  return ({ jobs }: MetricSources): readonly MetricSample[] =>
    jobs.counts().map((counts) => ({ labels: { mode: counts.mode, trigger: counts.trigger }, value: read(counts) }));
}

export const jobs = [
  {
    name: 'typhon_jobs_total',
    type: 'counter',
    help: 'Jobs that have ended since the agent started, however they did.',
    labels: ['mode', 'trigger'],
    samples: eachTrigger(({ ended }) => ended),
  },
  {
    name: 'typhon_jobs_failed_total',
    type: 'counter',
    help: 'Jobs that have ended without a result since the agent started, by an error or because the agent had stopped while they were active.',
    labels: ['mode', 'trigger'],
    samples: eachTrigger(({ failed }) => failed),
  },
  {
    name: 'typhon_jobs_cancelled_total',
    type: 'counter',
    help: 'Jobs that were cancelled since the agent started.',
    labels: ['mode', 'trigger'],
    samples: eachTrigger(({ cancelled }) => cancelled),
  },
  {
    name: 'typhon_job_duration_seconds',
    type: 'histogram',
    help: 'Seconds from the start to the end of jobs that were neither cancelled, paused nor interrupted.',
    labels: ['mode'],
    buckets: [5, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200],
    attach: (histogram, sources) => {
      for (const mode of benchmarkModes) histogram.zero({ mode });
      sources.jobs.onDuration((mode, seconds) => histogram.observe({ mode }, seconds));
    },
  },
  {
    name: 'typhon_jobs_running',
    type: 'gauge',
    help: 'Jobs that run now: 1 or 0.',
    labels: [],
    samples: ({ queue }) => single(queue.running === undefined ? 0 : 1),
  },
  {
    name: 'typhon_jobs_queued',
    type: 'gauge',
    help: 'Jobs that wait for their turn.',
    labels: [],
    samples: ({ queue }) => single(queue.waiting.length),
  },
  {
    name: 'typhon_jobs_paused',
    type: 'gauge',
    help: 'Jobs that were paused before they were through.',
    labels: [],
    samples: ({ queue }) => single(queue.paused.length),
  },
  {
    name: 'typhon_job_waiting_seconds',
    type: 'gauge',
    help: 'How long the running job has waited for a benchmark of another process of this machine, in seconds; 0 once it measures, nothing while none runs.',
    labels: [],
    samples: ({ queue, lockWait }) =>
      single(queue.running === undefined ? undefined : (lockWait.current?.seconds ?? 0)),
  },
  {
    name: 'typhon_job_progress_ratio',
    type: 'gauge',
    help: 'Share of its tests, 0 to 1, that the running job has done; nothing while none runs.',
    labels: [],
    samples: ({ queue }) => {
      const progress = queue.running?.progress;
      const total = progress?.total ?? 0;
      return single(progress === undefined || total === 0 ? undefined : progress.done / total);
    },
  },
] as const satisfies MetricFamily;
