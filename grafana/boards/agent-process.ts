/** The runner and the process of the agent: two rows of the agents. */
import type { BoardRow } from '../board.js';
import { AGENT_LEGEND } from '../look.js';
import { stateTimeline } from '../panels/state-timeline.js';
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
      description:
        'Delay of the event loop, 99th percentile since the scrape before. At rest it shows the 50 ms at which it looks.',
      unit: 's',
      width: 8,
      height: 8,
      queries: [query(by('max', MACHINE, scrapeSeries('nodejs_eventloop_lag_p99_seconds')), AGENT_LEGEND)],
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
