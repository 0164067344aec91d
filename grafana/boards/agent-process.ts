/** The runner and the process of the agent: two rows of the agents. */
import type { BoardRow } from '../board.js';
import { AGENT_LEGEND, upOrDown } from '../look.js';
import { stateTimeline } from '../panels/state-timeline.js';
import { table } from '../panels/table.js';
import { timeSeries } from '../panels/time-series.js';
import { by, increaseOf, MACHINE } from '../promql.js';
import { query } from '../query.js';
import { scrapeSeries, series } from '../series.js';

export const runner: BoardRow = {
  title: 'Runner',
  panels: [
    stateTimeline({
      id: 30,
      title: 'Phases of the runner',
      description:
        'Where the runner was whenever it was scraped; a phase shorter than the scrape interval may not show.',
      unit: 'short',
      width: 12,
      height: 10,
      queries: [
        query(`${by('max', [...MACHINE, 'phase'], series('typhon_runner_phase'))} == 1`, '{{phase}} @ {{instance}}', [
          'run',
        ]),
      ],
      states: { '1': { text: 'in it', color: 'blue' } },
      noValue: 'nothing ran',
    }),
    timeSeries({
      id: 31,
      title: 'Time in the phase',
      description: 'How long the runner had been in its phase. A line that keeps rising is a request that hangs.',
      unit: 's',
      width: 6,
      height: 10,
      queries: [query(by('max', MACHINE, series('typhon_runner_phase_seconds')), AGENT_LEGEND)],
      values: 'live',
      min: 0,
      legendValues: ['max'],
      noValue: 'nothing ran',
    }),
    timeSeries({
      id: 32,
      title: 'Runners that died',
      description: 'Without having been cancelled.',
      unit: 'short',
      width: 6,
      height: 10,
      queries: [
        query(by('sum', MACHINE, increaseOf(series('typhon_runner_crashes_total'), '$__rate_interval')), AGENT_LEGEND),
      ],
      values: 'counted',
      min: 0,
      legendValues: ['max'],
    }),
  ],
};

const VENDOR = [...MACHINE, 'vendor'];

/** Whether what the GPUs tell is to be believed: a gauge that is absent may be a card without it, or no reading at all. */
export const collectors: BoardRow = {
  title: 'GPU readings',
  panels: [
    table({
      id: 50,
      title: 'GPU readings',
      description: 'Whether the vendor’s tool or driver answers, when it did last, and how often it failed.',
      unit: 'short',
      width: 14,
      height: 7,
      labels: [
        { label: 'instance', header: 'Machine' },
        { label: 'vendor', header: 'Vendor' },
      ],
      values: [
        {
          header: 'Readings',
          query: query(by('min', VENDOR, series('typhon_gpu_collector_up')), undefined, ['gpu']),
          states: upOrDown,
        },
        {
          header: 'Last reading',
          query: query(
            `${by('max', VENDOR, series('typhon_gpu_collector_last_success_timestamp_seconds'))} * 1000`,
            undefined,
            ['gpu'],
          ),
          unit: 'dateTimeFromNow',
        },
        {
          header: 'Failures in the range',
          query: query(
            by('sum', VENDOR, increaseOf(series('typhon_gpu_collector_failures_total'), '$__range')),
            undefined,
            ['gpu'],
          ),
          decimals: 0,
          thresholds: ['green', [1, 'orange']],
        },
      ],
      sortBy: { header: 'Machine', desc: false },
      noValue: 'no GPU',
    }),
    table({
      id: 51,
      title: 'GPUs expected and seen',
      description: 'GPUs that have answered since the agent started, and those that answer now.',
      unit: 'short',
      width: 10,
      height: 7,
      labels: [{ label: 'instance', header: 'Machine' }],
      values: [
        { header: 'Expected', query: query(by('max', MACHINE, series('typhon_gpus_expected')), undefined, ['gpu']) },
        { header: 'Seen', query: query(by('max', MACHINE, series('typhon_gpus_seen')), undefined, ['gpu']) },
      ],
      sortBy: { header: 'Machine', desc: false },
      noValue: 'no GPU',
    }),
  ],
};

export const agentProcess: BoardRow = {
  title: 'Process',
  panels: [
    timeSeries({
      id: 40,
      title: 'CPU',
      description: 'Of the agent’s own process, in cores; its runner is another process.',
      unit: 'short',
      width: 8,
      height: 8,
      queries: [
        query(by('max', MACHINE, `rate(${scrapeSeries('process_cpu_seconds_total')}[$__rate_interval])`), AGENT_LEGEND),
      ],
      values: 'live',
      min: 0,
    }),
    timeSeries({
      id: 41,
      title: 'Memory',
      description: 'Resident memory of the agent’s process, and what of it JavaScript uses.',
      unit: 'bytes',
      width: 8,
      height: 8,
      queries: [
        query(by('max', MACHINE, scrapeSeries('process_resident_memory_bytes')), 'resident @ {{instance}}'),
        query(by('max', MACHINE, scrapeSeries('nodejs_heap_size_used_bytes')), 'heap @ {{instance}}'),
      ],
      values: 'live',
      min: 0,
    }),
    timeSeries({
      id: 42,
      title: 'Event loop',
      description: 'How long the scrape before had to wait for its turn: what else the agent did just then.',
      unit: 's',
      width: 8,
      height: 8,
      queries: [query(by('max', MACHINE, scrapeSeries('nodejs_eventloop_lag_seconds')), AGENT_LEGEND)],
      values: 'live',
      min: 0,
    }),
    timeSeries({
      id: 43,
      title: 'Open files',
      description: 'File descriptors of the agent’s process; a number that only rises is a leak.',
      unit: 'short',
      width: 12,
      height: 8,
      queries: [query(by('max', MACHINE, scrapeSeries('process_open_fds')), AGENT_LEGEND)],
      values: 'live',
      min: 0,
    }),
    timeSeries({
      id: 44,
      title: 'Time of a scrape',
      description: 'As Prometheus measures it, network included.',
      unit: 's',
      width: 12,
      height: 8,
      queries: [query(by('max', MACHINE, scrapeSeries('scrape_duration_seconds')), AGENT_LEGEND)],
      values: 'live',
      min: 0,
    }),
  ],
};
