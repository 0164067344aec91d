/** Readings of the GPUs stopped, or a card went. */
import type { AlertGroup } from '../alert-rule.js';
import { metric } from '../metric.js';

const collectorUp = metric('typhon_gpu_collector_up');

export const gpuCollectorAlerts: AlertGroup = {
  name: 'typhon-gpu-collector',
  rules: [
    {
      name: 'TyphonGpuReadingsLost',
      watched: collectorUp,
      wrong: '== 0',
      lasting: '5m',
      severity: 'warning',
      factsBy: ['job', 'instance', 'vendor'],
      facts: {
        last: {
          query: (matchers) => `${metric('typhon_gpu_collector_last_success_timestamp_seconds')}${matchers}`,
        },
      },
      summary: 'The {{ $labels.vendor }} GPUs of {{ $labels.instance }} cannot be read',
      description:
        'typhon_gpu_collector_up is {{ $value | humanize }}{{ if $last }}; they were read last {{ $last | humanizeTimestamp }}{{ end }}. Memory, heat and power are unknown since; the agent’s log has the tool’s own words.',
      needs: 'gpu',
    },
    {
      name: 'TyphonGpuLost',
      watched: `${metric('typhon_gpus_expected')} - ${metric('typhon_gpus_seen')}`,
      // Where no reading comes at all, that is told instead.
      wrong: `> 0 unless on (job, instance) ${collectorUp} == 0`,
      lasting: '2m',
      severity: 'critical',
      factsBy: ['job', 'instance'],
      facts: { expected: { query: (matchers) => `${metric('typhon_gpus_expected')}${matchers}` } },
      summary: '{{ $value | humanize }} of {{ $expected | humanize }} GPUs of {{ $labels.instance }} are gone',
      description:
        '{{ $value | humanize }} GPUs that answered since the agent started do not answer any more, while others do. Look into the kernel’s log for Xid 79 (fallen off the bus).',
      needs: 'gpu',
    },
  ],
};
