/** The reference of `/metrics`, as Markdown: every metric as the registry defines it, and how many samples it can have. */
import { requestErrors } from '../benchmark/client/failure.js';
import { runnerPhases } from '../benchmark/phase.js';
import { benchmarkModes } from '../benchmark/plan.js';
import { throttleReasons } from '../hardware/gpu-sample.js';
import { deliveryOutcomes } from '../shared/delivery-outcome.js';
import { gpuVendorIds } from '../shared/gpu-vendor.js';
import { scheduleSkipReasons } from '../shared/skip-reason.js';
import { signalNames } from '../trends/signal.js';
import type { MetricDefinition } from './metric.js';
import { type MetricName, metricDefinitions } from './registry.js';
import { MOST_SERIES, MOST_SERIES_PER_TARGET } from './series/benchmark-series.js';
import { restoredFiles } from './series/restore.js';
import { MAX_LABEL_LENGTH, seriesLabelNames } from './series/series-labels.js';

const PERCENTILES = 3;
const TOKEN_KINDS = 2;
const CLOCKS = 2;
const MODES = benchmarkModes.length;
// Each endpoint answers a few codes; as many as these are seen where everything goes wrong once.
const ENDPOINTS = 40;
const CODES = 4;

/** Of the labels beside those of a series, a card, a target or a schedule: how many values each can have. */
const factors: Readonly<Record<string, string>> = {
  signal: String(signalNames.length),
  error: String(requestErrors.length),
  percentile: String(PERCENTILES),
  kind: String(TOKEN_KINDS),
  clock: String(CLOCKS),
  phase: String(runnerPhases.length),
  file: String(restoredFiles.length),
  mode: String(MODES),
  trigger: '(3 + C)',
  path: String(ENDPOINTS),
  code: String(CODES),
  outcome: String(deliveryOutcomes.length),
};

/** Labels that only describe what others tell apart. */
const describing = new Set([
  'server',
  'version',
  'model',
  'context_length',
  'quantization',
  'model_file',
  'server_version',
  'name',
  'vendor',
  'driver',
  'memory',
  'uuid',
  'currency',
]);
/** One of each agent, whatever its labels say. */
const alone: readonly MetricName[] = ['typhon_build_info', 'typhon_machine_info'];

/** How many there are of what the letters stand for. */
export interface Counts {
  readonly S: number;
  readonly G: number;
  readonly T: number;
  readonly C: number;
  readonly N: number;
}

/** How many samples a metric can have at most. */
export function mostSamples(definition: MetricDefinition, counts: Counts): number {
  const values: Readonly<Record<string, number>> = { ...counts, '(3 + C)': 3 + counts.C };
  return factorsOf(definition).reduce((product, factor) => product * (values[factor] ?? Number(factor)), 1);
}

/** Multiplied, how many samples a metric can have, in the letters that the text above the table explains. */
function factorsOf({ name, type, labels, ...rest }: MetricDefinition): readonly string[] {
  if (isAlone(name)) return ['1'];
  // One for all series of a model, of which there may be one each.
  if (name.startsWith('typhon_slowdown_')) return ['S'];
  const isSeries = seriesLabelNames.every((label) => labels.includes(label));
  const scope = isSeries ? ['S'] : [];
  const left = labels.filter((label) => !(isSeries && seriesLabelNames.some((own) => own === label)));
  const parts = left.flatMap((label) => {
    if (label === 'gpu') return ['G'];
    if (label === 'target') return ['T'];
    if (label === 'schedule') return ['C'];
    if (label === 'channel') return ['N'];
    if (label === 'reason')
      return [String(name.startsWith('typhon_gpu_') ? throttleReasons.length : scheduleSkipReasons.length)];
    if (label === 'vendor' && name.startsWith('typhon_gpu_collector_')) return [String(gpuVendorIds.length)];
    if (describing.has(label)) return [];
    const factor = factors[label];
    if (factor === undefined) throw new TypeError(`how many values can the label ${label} of ${name} have?`);
    return [factor];
  });
  // A histogram has its buckets, the one without a bound, the sum and the count.
  const buckets = type === 'histogram' && 'buckets' in rest ? [String(rest.buckets.length + 3)] : [];
  const all = [...scope, ...parts, ...buckets];
  return all.length === 0 ? ['1'] : all;
}

function isAlone(name: string): boolean {
  return alone.some((known) => known === name);
}

function row(definition: MetricDefinition): string {
  const { name, type, labels, help } = definition;
  const shown = seriesLabelNames.every((label) => labels.includes(label))
    ? ['*series*', ...labels.filter((label) => !seriesLabelNames.some((own) => own === label)).map(code)]
    : labels.map(code);
  return `| \`${name}\` | ${type} | ${shown.join(', ')} | ${factorsOf(definition).join(' × ')} | ${help.replaceAll('|', '\\|')} |`;
}

function code(label: string): string {
  return `\`${label}\``;
}

/** The Markdown text of `docs/metrics.md`. */
export function metricsReference(): string {
  return `<!-- Made from src/metrics by npm run generate: change it there. -->

# Metrics

What \`GET /metrics\` answers, in the Prometheus text format or, where \`Accept\` asks for it, in OpenMetrics. Base units,
ratios from 0 to 1, no sample timestamps; what is unknown is absent. Counters of the agent begin at 0 with its process and
are there, as 0, before they are needed, but for those of failed requests and of answers over HTTP, whose samples exist once
their reason or code has occurred; gauges of benchmarks hold the last good run, are restored from disk before the
first scrape, and vanish after \`metrics.stale_after\` or with their target.

## Labels and how many samples there can be

*series* stands for ${seriesLabelNames.map(code).join(', ')}:
one test of one model on one server. A label's value is at most ${MAX_LABEL_LENGTH} characters long; a longer one is cut and keeps a
hash of the whole, so that no model's name is too long. A model that is a path has the name of its file in \`model\`. The labels that the configuration gives a target stand on all series
that have \`target\`.

| letter | is the number of | at most |
| --- | --- | --- |
| S | series: tests × models × targets | ${MOST_SERIES_PER_TARGET} a target and ${MOST_SERIES.toLocaleString('en-US')} in all; then those measured longest ago go, counted by \`typhon_series_dropped_total\` |
| G | GPUs | what the machine has; with *series*, of those that the target computes on |
| T | targets | what is configured; 1 where servers are discovered |
| C | schedules | what is configured |
| N | channels of notifications | what is configured |

A quick run of one model has 5 tests, a full one on a 24 GB card 12: with one target and one model some
${exampleSamples(5)} samples after quick runs alone, without a GPU.

## Every metric

| metric | type | labels | samples | what |
| --- | --- | --- | --- | --- |
${metricDefinitions.map(row).join('\n')}

Beside them stand \`process_*\` and \`nodejs_*\` of the agent's own process, as
[prom-client](https://www.npmjs.com/package/prom-client) defines them: some 60 samples, whatever is measured.
`;
}

/** With so many series of one target, no failed request, and neither a schedule nor a GPU. */
function exampleSamples(series: number): number {
  const counts = { S: series, G: 0, T: 1, C: 0, N: 0 };
  const lasting = metricDefinitions.filter(({ labels }) => !labels.includes('error'));
  const all = lasting.reduce((sum, definition) => sum + mostSamples(definition, counts), 0);
  return Math.round(all / 10) * 10;
}
