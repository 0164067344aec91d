/** Each machine against its own past, over months. */
import { changeMarks, runMarks } from '../annotation.js';
import type { Board, BoardRow } from '../board.js';
import { driverInfo, modelInfo, versionInfo } from '../info.js';
import { neutral, noneIsGood, RATIO, SERIES_LEGEND, speedChange, TOKENS_PER_SECOND } from '../look.js';
import type { PanelPlan, PanelSpec } from '../panel.js';
import { stat } from '../panels/stat.js';
import { stateTimeline } from '../panels/state-timeline.js';
import { type LabelColumn, table } from '../panels/table.js';
import { timeSeries } from '../panels/time-series.js';
import { by, held, increaseOf, MACHINE, MACHINE_MODEL, MACHINE_TARGET, meanOfRuns, SERIES } from '../promql.js';
import { query } from '../query.js';
import { series } from '../series.js';
import { uids } from '../uid.js';
import { hardwareHistory } from './hardware-history.js';

const SIGNAL_LEGEND = `{{signal}} · ${SERIES_LEGEND}`;
const WITH_SIGNAL = [...SERIES, 'signal'];

const decode = by('max', SERIES, series('typhon_benchmark_tokens_per_second'));
const lastSuccess = by('max', SERIES, series('typhon_benchmark_last_success_timestamp_seconds'));
const active = by('max', WITH_SIGNAL, series('typhon_regression_active'));

/** One series of each owner, whatever the info metric has of it: a join takes no more. */
function oneOf(owner: readonly string[], changed: readonly string[], info: string): string {
  return `topk by (${owner.join(', ')}) (1, ${by('group', [...owner, ...changed], info)})`;
}

function joined(owner: readonly string[], changed: readonly string[], info: string): string {
  return `* on (${owner.join(', ')}) group_left (${changed.join(', ')}) ${oneOf(owner, changed, info)}`;
}

const byDriver = joined(MACHINE, ['vendor', 'driver'], driverInfo);
const byServer = joined(MACHINE_TARGET, ['version'], versionInfo);

interface Replaced extends Pick<PanelSpec, 'id' | 'title' | 'description' | 'noValue'> {
  /** Of what was replaced. */
  readonly column: LabelColumn;
  /** The join that adds it. */
  readonly info: string;
}

function decodeSpeedBy({ column, info, ...frame }: Replaced): PanelPlan {
  return table({
    ...frame,
    unit: 'short',
    width: 12,
    height: 9,
    labels: [
      { label: 'instance', header: 'Machine' },
      { label: 'target', header: 'Target' },
      { label: 'model', header: 'Model' },
      { label: 'test', header: 'Test' },
      column,
    ],
    values: [
      {
        header: 'Decode speed',
        query: query(meanOfRuns(decode, lastSuccess, SERIES, info)),
        unit: TOKENS_PER_SECOND,
        decimals: 1,
      },
    ],
    sortBy: { header: 'Test', desc: false },
  });
}

const verdict: BoardRow = {
  title: 'Verdict',
  panels: [
    stat({
      id: 1,
      title: 'Regressions',
      description: 'Signals of tests that are judged to have got worse for good, by size and by significance.',
      unit: 'short',
      width: 4,
      height: 4,
      queries: [query(`sum(${active})`)],
      thresholds: noneIsGood,
      noValue: 'learning',
    }),
    stat({
      id: 2,
      title: 'Worst change of decode speed',
      description: 'Median of the last runs against the baseline, of the selected test that lost most.',
      unit: RATIO,
      width: 5,
      height: 4,
      decimals: 1,
      queries: [query(`min(${series('typhon_regression_ratio', { signal: 'decode_speed' })})`)],
      thresholds: speedChange,
      noValue: 'learning',
    }),
    stat({
      id: 3,
      title: 'Worst drift of decode speed',
      description: 'Slow change within 30 days, of the selected test that loses most.',
      unit: RATIO,
      width: 5,
      height: 4,
      decimals: 2,
      queries: [query(`min(${series('typhon_drift_ratio_per_30d', { signal: 'decode_speed' })})`)],
      thresholds: ['red', [-0.03, 'orange'], [-0.01, 'green']],
      noValue: 'too few days',
    }),
    stat({
      id: 4,
      title: 'Runs in the baseline',
      description: 'Fewest good runs that a baseline of the selected tests is the median of.',
      unit: 'short',
      width: 5,
      height: 4,
      queries: [query(`min(${series('typhon_baseline_samples')})`)],
      thresholds: neutral,
      noValue: 'learning',
    }),
    stat({
      id: 5,
      title: 'Uncorrected memory errors',
      description: 'New ones of all GPUs in the time range.',
      unit: 'short',
      width: 5,
      height: 4,
      decimals: 0,
      queries: [query(`sum(${increaseOf(series('typhon_gpu_ecc_errors_total'), '$__range')})`)],
      thresholds: noneIsGood,
      noValue: 'no GPU that tells',
    }),
  ],
};

const againstBaseline: BoardRow = {
  title: 'Against the baseline',
  panels: [
    timeSeries({
      id: 10,
      title: 'Decode speed and its baseline',
      description: 'Mean of what was held in each step; dashed what is normal for the test.',
      unit: TOKENS_PER_SECOND,
      width: 12,
      height: 10,
      queries: [
        query(held(series('typhon_benchmark_tokens_per_second')), SERIES_LEGEND),
        query(held(series('typhon_baseline_tokens_per_second')), `baseline · ${SERIES_LEGEND}`),
      ],
      values: 'held',
      reference: '/^baseline/',
    }),
    timeSeries({
      id: 11,
      title: 'Time to first token and its baseline',
      description: 'Mean of what was held in each step; dashed what is normal for the test.',
      unit: 's',
      width: 12,
      height: 10,
      queries: [
        query(held(series('typhon_benchmark_time_to_first_token_seconds')), SERIES_LEGEND),
        query(held(series('typhon_baseline_time_to_first_token_seconds')), `baseline · ${SERIES_LEGEND}`),
      ],
      values: 'held',
      reference: '/^baseline/',
    }),
    timeSeries({
      id: 12,
      title: 'Change against the baseline',
      description:
        'Median of the last runs over that of the baseline, less 1, for each signal. Speeds get worse by falling; time, energy and temperature by rising.',
      unit: RATIO,
      width: 12,
      height: 10,
      queries: [query(by('max', WITH_SIGNAL, series('typhon_regression_ratio')), SIGNAL_LEGEND)],
      values: 'held',
      noValue: 'learning the baseline',
    }),
    timeSeries({
      id: 13,
      title: 'Drift',
      description:
        'Slow change within 30 days: −1 % is 1 % lower a month. 0 where there are days enough and no change is more than chance.',
      unit: RATIO,
      width: 12,
      height: 10,
      queries: [query(by('max', WITH_SIGNAL, series('typhon_drift_ratio_per_30d')), SIGNAL_LEGEND)],
      values: 'held',
      noValue: 'too few days',
    }),
    stateTimeline({
      id: 14,
      title: 'Regressions',
      description: 'Since when a signal is judged to have got worse for good.',
      unit: 'short',
      width: 24,
      height: 8,
      queries: [query(active, SIGNAL_LEGEND)],
      states: { '0': { text: 'steady', color: 'green' }, '1': { text: 'worse', color: 'red' } },
      noValue: 'learning the baseline',
    }),
    stateTimeline({
      id: 15,
      title: 'Output canary',
      description:
        'Whether the model gives the same answer to the same request as before. Nothing where the server is not deterministic or something that is known was changed.',
      unit: 'short',
      width: 24,
      height: 6,
      queries: [
        query(
          by('min', MACHINE_MODEL, series('typhon_benchmark_canary_match')),
          '{{model}} · {{target}} @ {{instance}}',
        ),
      ],
      states: { '0': { text: 'another answer', color: 'red' }, '1': { text: 'the same', color: 'green' } },
      noValue: 'nothing to compare yet',
    }),
  ],
};

const changes: BoardRow = {
  title: 'Before and after a change',
  panels: [
    decodeSpeedBy({
      id: 20,
      title: 'Decode speed by server version',
      description:
        'Mean of the runs in the time range that took place with each version of the server. The model has its own column: two models compare with nothing but themselves.',
      column: { label: 'version', header: 'Server version' },
      info: byServer,
    }),
    decodeSpeedBy({
      id: 21,
      title: 'Decode speed by GPU driver',
      description: 'Mean of the runs in the time range that took place with each driver.',
      column: { label: 'driver', header: 'Driver' },
      info: byDriver,
      noValue: 'no GPU',
    }),
    stateTimeline({
      id: 22,
      title: 'What was in force',
      description: 'Drivers, server versions and models over time: where one line ends, another begins.',
      unit: 'short',
      width: 24,
      height: 8,
      queries: [
        query(
          by('max', [...MACHINE_TARGET, 'server', 'version'], versionInfo),
          '{{server}} {{version}} · {{target}} @ {{instance}}',
        ),
        query(by('max', [...MACHINE_TARGET, 'model'], modelInfo), '{{model}} · {{target}} @ {{instance}}'),
        query(by('max', [...MACHINE, 'vendor', 'driver'], driverInfo), '{{vendor}} {{driver}} @ {{instance}}'),
      ],
      states: { '1': { text: 'in force', color: 'blue' } },
    }),
  ],
};

export const degradation: Board = {
  uid: uids.degradation,
  title: 'typhon · Degradation',
  description:
    'Each machine against its own past: baselines, drift, throttling, PCIe links, memory errors, and what changed.',
  from: 'now-90d',
  refresh: '5m',
  annotations: [runMarks(false), ...changeMarks],
  rows: [verdict, againstBaseline, changes, hardwareHistory],
};
