/** Every machine on one page. */
import { changeMarks, runMarks } from '../annotation.js';
import type { Board, BoardRow } from '../board.js';
import { rowLink } from '../link.js';
import {
  celsius,
  doneOrFailed,
  MODEL_LEGEND,
  memoryShare,
  noneIsGood,
  RATIO,
  speedChange,
  TOKENS_PER_SECOND,
  upOrDown,
} from '../look.js';
import { stateTimeline } from '../panels/state-timeline.js';
import { table } from '../panels/table.js';
import { timeSeries } from '../panels/time-series.js';
import { by, MACHINE, MACHINE_MODEL, zerosBy } from '../promql.js';
import { query } from '../query.js';
import { runbookPlace } from '../runbook.js';
import { scrapeSeries, series, unfiltered } from '../series.js';
import { uids } from '../uid.js';
import { fleetOverview } from './fleet-overview.js';
import { memoryUse, slower, success, targetUp, temperature, throttled, up } from './machine-state.js';
import { troubles } from './troubles.js';

const BASELINE_TEST = { category: 'baseline', test: unfiltered } as const;

const decodeChange = series('typhon_regression_ratio', { signal: 'decode_speed' });
const baselineDecode = series('typhon_benchmark_tokens_per_second', BASELINE_TEST);

const machineLink = rowLink('Benchmarks of this machine', uids.benchmarks, { machine: 'Machine' });
const modelLink = rowLink('Benchmarks of this model', uids.benchmarks, {
  machine: 'Machine',
  target: 'Target',
  model: 'Model',
});
const agentLink = rowLink('Its agent', uids.agent, { machine: 'Machine' });

/** In the runbook each alert has an anchor with its name as it is written. */
const runbookLink = {
  title: 'What it means, how to check it, what to do',
  url: `${runbookPlace}#\${__data.fields["Alert"]}`,
};
const ALERT_LABELS = [...MACHINE, 'alertname', 'severity', 'target', 'model', 'test', 'gpu', 'schedule'];
/** Those of this project, by their names; 0 for each machine, so that it answers too where nothing fires. */
const firing = [
  by('max', ALERT_LABELS, scrapeSeries('ALERTS', ', alertname=~"Typhon.*", alertstate="firing"')),
  `${up} * 0`,
].join(' or ');

const machines: BoardRow = {
  title: 'Machines',
  panels: [
    table({
      id: 10,
      title: 'Machines',
      description:
        'Decode speed is that of the short baseline test, of the fastest of the selected targets and models. The change is that of the worst of the selected tests: median of the last runs against the machine’s own baseline.',
      unit: 'short',
      width: 24,
      height: 9,
      labels: [
        { label: 'instance', header: 'Machine', link: machineLink },
        { label: 'gpu', header: 'GPU' },
        { label: 'cpu', header: 'CPU' },
      ],
      values: [
        { header: 'Agent', query: query(up), states: upOrDown },
        { query: query(by('max', ['instance', 'gpu', 'cpu'], series('typhon_machine_info'))) },
        { header: 'Targets down', query: query(zerosBy(MACHINE, targetUp)), thresholds: noneIsGood },
        {
          header: 'Last run',
          query: query(`${by('max', MACHINE, series('typhon_benchmark_last_run_timestamp_seconds'))} * 1000`),
          unit: 'dateTimeFromNow',
        },
        {
          header: 'Decode speed',
          query: query(by('max', MACHINE, baselineDecode)),
          unit: TOKENS_PER_SECOND,
          decimals: 1,
        },
        {
          header: 'Change',
          query: query(by('min', MACHINE, decodeChange)),
          unit: RATIO,
          decimals: 1,
          thresholds: speedChange,
        },
        { header: 'Got worse', query: query(by('sum', MACHINE, slower)), thresholds: noneIsGood },
        { header: 'Failed', query: query(zerosBy(MACHINE, success)), thresholds: noneIsGood },
        { header: 'Throttled', query: query(by('sum', MACHINE, throttled)), thresholds: noneIsGood },
        { header: 'Hottest', query: query(by('max', MACHINE, temperature)), unit: 'celsius', thresholds: celsius },
        {
          header: 'VRAM used',
          query: query(by('max', MACHINE, memoryUse)),
          unit: RATIO,
          decimals: 0,
          thresholds: memoryShare,
        },
      ],
      sortBy: { header: 'Machine', desc: false },
    }),
    table({
      id: 12,
      title: 'Alerts that fire',
      description:
        'Of the alert rules of this project, as Prometheus evaluates them; the name leads to the runbook. Empty where they are not loaded, too.',
      unit: 'short',
      width: 24,
      height: 6,
      labels: [
        { label: 'severity', header: 'Severity' },
        { label: 'alertname', header: 'Alert', link: runbookLink },
        { label: 'instance', header: 'Machine', link: agentLink },
        { label: 'target', header: 'Target' },
        { label: 'model', header: 'Model' },
        { label: 'test', header: 'Test' },
        { label: 'gpu', header: 'GPU' },
        { label: 'schedule', header: 'Schedule' },
      ],
      values: [{ query: query(firing) }],
      nonZero: true,
      sortBy: { header: 'Severity', desc: false },
      noValue: 'No alert fires.',
    }),
    table({
      id: 11,
      title: 'What is wrong',
      description: 'Everything that somebody should look at. Empty when all is well.',
      unit: 'short',
      width: 24,
      height: 7,
      labels: [
        { label: 'instance', header: 'Machine', link: agentLink },
        { label: 'problem', header: 'Problem' },
        { label: 'target', header: 'Target' },
        { label: 'model', header: 'Model' },
        { label: 'test', header: 'Test' },
        { label: 'gpu', header: 'GPU' },
      ],
      // Answers without a GPU and without a baseline too.
      values: [{ query: query(troubles, undefined, []) }],
      nonZero: true,
      noValue: 'Nothing is wrong.',
    }),
  ],
};

const models: BoardRow = {
  title: 'Targets and models',
  panels: [
    table({
      id: 20,
      title: 'Targets and models',
      description:
        'Speeds are those of the short baseline test, which every quick and full run has. The change is that of the worst of the selected tests.',
      unit: 'short',
      width: 24,
      height: 8,
      labels: [
        { label: 'instance', header: 'Machine' },
        { label: 'target', header: 'Target' },
        { label: 'model', header: 'Model', link: modelLink },
      ],
      values: [
        {
          header: 'Decode speed',
          query: query(by('max', MACHINE_MODEL, baselineDecode)),
          unit: TOKENS_PER_SECOND,
          decimals: 1,
        },
        {
          header: 'Baseline',
          query: query(by('max', MACHINE_MODEL, series('typhon_baseline_tokens_per_second', BASELINE_TEST))),
          unit: TOKENS_PER_SECOND,
          decimals: 1,
        },
        {
          header: 'Change',
          query: query(by('min', MACHINE_MODEL, decodeChange)),
          unit: RATIO,
          decimals: 1,
          thresholds: speedChange,
        },
        {
          header: 'Prefill speed',
          query: query(by('max', MACHINE_MODEL, series('typhon_benchmark_prefill_tokens_per_second', BASELINE_TEST))),
          unit: TOKENS_PER_SECOND,
          decimals: 0,
        },
        {
          header: 'First token',
          query: query(by('max', MACHINE_MODEL, series('typhon_benchmark_time_to_first_token_seconds', BASELINE_TEST))),
          unit: 's',
        },
        { header: 'All tests', query: query(by('min', MACHINE_MODEL, success)), states: doneOrFailed },
        {
          header: 'Last run',
          query: query(`${by('max', MACHINE_MODEL, series('typhon_benchmark_last_run_timestamp_seconds'))} * 1000`),
          unit: 'dateTimeFromNow',
        },
      ],
      sortBy: { header: 'Change', desc: false },
    }),
  ],
};

const history: BoardRow = {
  title: 'History',
  panels: [
    timeSeries({
      id: 30,
      title: 'Decode speed',
      description: 'Of the short baseline test of every target and model, held from run to run.',
      unit: TOKENS_PER_SECOND,
      width: 12,
      height: 9,
      queries: [query(by('max', MACHINE_MODEL, baselineDecode), MODEL_LEGEND)],
      values: 'held',
      min: 0,
    }),
    timeSeries({
      id: 31,
      title: 'Decode speed against the own baseline',
      description:
        'Of the worst of the selected tests: median of the last runs over that of the baseline, less 1. Below the red line it is a regression if it lasts.',
      unit: RATIO,
      width: 12,
      height: 9,
      queries: [query(by('min', MACHINE_MODEL, decodeChange), MODEL_LEGEND)],
      values: 'held',
      thresholds: speedChange,
      noValue: 'learning the baseline',
    }),
    stateTimeline({
      id: 32,
      title: 'Agents and targets',
      description: 'Whether each agent answered the scrapes, and each target its agent.',
      unit: 'short',
      width: 24,
      height: 8,
      queries: [query(up, 'agent @ {{instance}}'), query(targetUp, '{{target}} @ {{instance}}')],
      states: upOrDown,
    }),
  ],
};

export const fleet: Board = {
  uid: uids.fleet,
  title: 'typhon · Fleet',
  description: 'Every machine on one page: is it up, when was it measured, how fast is it, and what is wrong.',
  from: 'now-24h',
  refresh: '1m',
  annotations: [runMarks(), ...changeMarks],
  rows: [fleetOverview, machines, models, history],
};
