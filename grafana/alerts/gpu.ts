/** The card is held down, ill or full. */
import type { AlertGroup } from '../alert-rule.js';
import { metric } from '../metric.js';

const throttled = metric('typhon_benchmark_gpu_throttled_ratio');
const lastSuccess = metric('typhon_benchmark_last_success_timestamp_seconds');
const throttle = metric('typhon_gpu_throttle_active');
const width = metric('typhon_gpu_pcie_link_width');
const generation = metric('typhon_gpu_pcie_link_generation');

const CARD = 'GPU {{ $labels.gpu }} of {{ $labels.instance }}';

export const gpuAlerts: AlertGroup = {
  name: 'typhon-gpu',
  rules: [
    {
      name: 'TyphonGpuThrottling',
      watched: `max without (reason) (avg_over_time(${throttle}{reason=~".*thermal.*"}[1h]))`,
      wrong: '> 0.2',
      // As long as an hour's mean may rest on one hot run, right after the first scrape.
      lasting: '15m',
      severity: 'warning',
      summary: `Heat holds ${CARD} down`,
      description:
        'For {{ $value | humanizePercentage }} of the last hour its clocks were lowered because it was too hot.',
      needs: 'gpu',
    },
    {
      name: 'TyphonBenchmarkThrottled',
      watched: `min_over_time(${throttled}[1d])`,
      wrong: [
        '> 0.1',
        `and ignoring (gpu, uuid) changes(${lastSuccess}[1d]) >= 2`,
        `unless quantile_over_time(0.5, ${throttled}[30d] offset 1d) > 0.1`,
      ].join(' '),
      severity: 'info',
      summary: `Every benchmark ({{ $labels.test }}) finds ${CARD} throttled`,
      description:
        'In each run of the last day, at least three, heat or power held its clocks down for {{ $value | humanizePercentage }} of the time or more; before that it did not.',
      needs: 'gpu',
    },
    {
      name: 'TyphonGpuHot',
      watched: metric('typhon_gpu_temperature_celsius'),
      wrong: '> 85',
      lasting: '10m',
      severity: 'warning',
      summary: `${CARD} is hot`,
      description: 'It has {{ $value | humanize }} °C, and has been above 85 °C for 10 minutes.',
      needs: 'gpu',
    },
    {
      name: 'TyphonGpuMemoryNearlyFull',
      watched: `${metric('typhon_gpu_memory_used_bytes')} / ${metric('typhon_gpu_memory_total_bytes')}`,
      wrong: '> 0.97',
      lasting: '30m',
      severity: 'info',
      summary: `The memory of ${CARD} is nearly full`,
      description: '{{ $value | humanizePercentage }} of it is in use, and has been above 97 % for 30 minutes.',
      needs: 'gpu',
    },
    {
      name: 'TyphonPcieLinkDegraded',
      watched: `max_over_time(${width}[1h]) / max_over_time(${width}[30d])`,
      wrong: '< 1',
      severity: 'warning',
      summary: `The PCIe link of ${CARD} has lost lanes`,
      description: 'It has {{ $value | humanizePercentage }} of the lanes that it had within the last 30 days.',
      needs: 'gpu',
    },
    {
      name: 'TyphonPcieLinkSlowed',
      watched: `max_over_time(${generation}[1d]) / max_over_time(${generation}[30d])`,
      // A link rests at a lower generation: only a card that has worked can tell.
      wrong: `< 1 and max_over_time(${metric('typhon_gpu_utilization_ratio')}[1d]) > 0.5`,
      severity: 'warning',
      summary: `The PCIe link of ${CARD} stays at a lower generation`,
      description:
        'Under load it reached {{ $value | humanizePercentage }} of the generation that it had within the last 30 days.',
      needs: 'gpu',
    },
    {
      name: 'TyphonPartlyOnCpu',
      watched: metric('typhon_target_model_gpu_ratio'),
      // All on the CPU is as it should be where there never was anything else.
      wrong: `< 0.99 and max_over_time(${metric('typhon_target_model_gpu_ratio')}[30d]) > 0`,
      lasting: '15m',
      severity: 'warning',
      factsBy: ['job', 'instance', 'target', 'model'],
      facts: {
        most: { query: (matchers) => `max_over_time(${metric('typhon_target_model_gpu_ratio')}${matchers}[30d])` },
      },
      summary: '{{ $labels.model }} on {{ $labels.target }} ({{ $labels.instance }}) is partly computed by the CPU',
      description:
        'Only {{ $value | humanizePercentage }} of it lies on GPUs (at most {{ $most | humanizePercentage }} within 30 days); the rest is many times slower. Free GPU memory, shorten the context, or take a smaller quantisation.',
    },
    {
      name: 'TyphonGpuEccErrors',
      watched: `increase(${metric('typhon_gpu_ecc_errors_total')}[1d])`,
      wrong: '> 0',
      severity: 'critical',
      summary: `${CARD} has memory errors`,
      description: 'About {{ $value | printf "%.0f" }} errors within a day could not be corrected.',
      needs: 'gpu',
    },
  ],
};
