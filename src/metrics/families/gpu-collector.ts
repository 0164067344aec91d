/** Whether GPU readings come: without these an absent gauge could be a lost card, a broken driver or no GPU at all. */
import type { CollectorState } from '../../hardware/collector-health.js';
import type { MetricFamily } from '../metric.js';
import type { MetricSources } from '../metric-sources.js';
import { type MetricSample, sampleOf } from '../sample.js';

const MS_PER_SECOND = 1000;

function eachCollector(read: (collector: CollectorState) => number | undefined) {
  return ({ gpuHealth }: MetricSources): readonly MetricSample[] =>
    gpuHealth().collectors.flatMap((collector) => sampleOf({ vendor: collector.vendor }, read(collector)));
}

/** Nothing is counted on a machine without GPUs. */
function counted(read: (health: ReturnType<MetricSources['gpuHealth']>) => number | undefined) {
  return ({ gpuHealth }: MetricSources): readonly MetricSample[] => {
    const health = gpuHealth();
    return health.collectors.length === 0 ? [] : sampleOf({}, read(health));
  };
}

export const gpuCollector = [
  {
    name: 'typhon_gpu_collector_up',
    type: 'gauge',
    help: "Whether readings of this vendor's GPUs come; 0 where they should and do not. Absent without GPUs, and until the first reading.",
    labels: ['vendor'],
    samples: eachCollector(({ isUp }) => (isUp === undefined ? undefined : Number(isUp))),
  },
  {
    name: 'typhon_gpu_collector_last_success_timestamp_seconds',
    type: 'gauge',
    help: "When this vendor's GPUs were read last, in seconds since 1970.",
    labels: ['vendor'],
    samples: eachCollector(({ lastSuccess }) =>
      lastSuccess === undefined ? undefined : lastSuccess.getTime() / MS_PER_SECOND,
    ),
  },
  {
    name: 'typhon_gpu_collector_failures_total',
    type: 'counter',
    help: "Times that readings of this vendor's GPUs failed or stopped by themselves; the log has the tool's words.",
    labels: ['vendor'],
    samples: eachCollector(({ failures }) => failures),
  },
  {
    name: 'typhon_gpus_expected',
    type: 'gauge',
    help: 'GPUs that have been read since the agent started, without those in whose place another one came.',
    labels: [],
    samples: counted(({ expected }) => expected),
  },
  {
    name: 'typhon_gpus_seen',
    type: 'gauge',
    help: 'GPUs that answer now, of those that have been read since the agent started. Absent until the first reading.',
    labels: [],
    samples: counted(({ seen }) => seen),
  },
] as const satisfies MetricFamily;
