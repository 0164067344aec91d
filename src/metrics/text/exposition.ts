/**
 * Metrics as text, in both formats that Prometheus scrapes. prom-client can write both, but one registry only one of
 * them, and for OpenMetrics it renames the registry's counters for good; so this writes what it collects.
 * Sources: https://prometheus.io/docs/instrumenting/exposition_formats/,
 * https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md
 */
import { Registry } from 'prom-client';
import { TextBlock } from './text-block.js';

export type ExpositionFormat = 'text' | 'openmetrics';

/** Exactly as Prometheus 3 wants them. */
export const contentTypes: Readonly<Record<ExpositionFormat, string>> = {
  text: Registry.PROMETHEUS_CONTENT_TYPE,
  openmetrics: Registry.OPENMETRICS_CONTENT_TYPE,
};

type Labels = Readonly<Partial<Record<string, string | number>>>;

export interface CollectedValue {
  readonly value: number;
  readonly labels: Labels;
  /** Of a histogram's parts. */
  readonly metricName?: string;
}

/** What `Registry.getMetricsAsJSON` answers. */
export interface CollectedMetric {
  readonly name: string;
  readonly help: string;
  /** `gauge`, `counter`, `histogram` or `summary`; prom-client declares an enum, but these words are what it holds. */
  readonly type: unknown;
  readonly values: readonly CollectedValue[];
}

/**
 * First what lasts, then in one block what changes, each in the order of the metrics: so a scrape compresses one block,
 * and the checksums of what lasts hold. Metrics without a finite value are left out whole.
 */
export function exposition(metrics: readonly CollectedMetric[], format: ExpositionFormat): readonly TextBlock[] {
  const lasting = metrics.filter(({ values }) => Object.isFrozen(values));
  const changing = metrics.filter(({ values }) => !Object.isFrozen(values));
  const text = changing.map((metric) => writtenBlock(metric, format)).join('');
  return [
    ...lasting.map((metric) => lastingBlock(metric, format)),
    new TextBlock(format === 'openmetrics' ? `${text}# EOF\n` : text),
  ];
}

// Arrays of samples that did not change since the last scrape are the same object: most of a scrape's work is saved.
const knownBlocks = { text: new WeakMap<object, TextBlock>(), openmetrics: new WeakMap<object, TextBlock>() };

function lastingBlock(metric: CollectedMetric, format: ExpositionFormat): TextBlock {
  const block = knownBlocks[format].get(metric.values) ?? new TextBlock(writtenBlock(metric, format));
  knownBlocks[format].set(metric.values, block);
  return block;
}

function writtenBlock({ name, help, type, values }: CollectedMetric, format: ExpositionFormat): string {
  const kind = String(type);
  const isOpen = format === 'openmetrics';
  // In OpenMetrics a counter's family is named without the suffix that its samples must have.
  const family = isOpen && kind === 'counter' ? name.replace(/_total$/, '') : name;
  const sampleName = isOpen && kind === 'counter' ? `${family}_total` : name;
  const finite = values.filter(({ value }) => Number.isFinite(value));
  if (finite.length === 0) return '';
  // Joined and not added up: V8 would keep the pieces, and put them together anew at every scrape.
  return [
    `# HELP ${family} ${isOpen ? quotable(help) : escaped(help)}\n# TYPE ${family} ${kind}\n`,
    ...finite.map(
      ({ value, labels, metricName }) => `${metricName ?? sampleName}${labelText(labels, isOpen)} ${value}\n`,
    ),
  ].join('');
}

const labelTexts = new WeakMap<Labels, string>();

function labelText(labels: Labels, isOpen: boolean): string {
  const isBucket = labels['le'] !== undefined;
  const known = isBucket ? undefined : labelTexts.get(labels);
  if (known !== undefined) return known;
  const parts: string[] = [];
  for (const [name, value] of Object.entries(labels)) {
    if (value !== undefined)
      parts.push(`${name}="${name === 'le' ? boundText(value, isOpen) : quotable(String(value))}"`);
  }
  const text = parts.length === 0 ? '' : `{${parts.join(',')}}`;
  if (!isBucket) labelTexts.set(labels, text);
  return text;
}

/** OpenMetrics has bounds as floating-point numbers: `1.0`. */
function boundText(bound: string | number, isOpen: boolean): string {
  return isOpen && Number.isInteger(bound) ? `${bound}.0` : String(bound);
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function quotable(text: string): string {
  return escaped(text).replaceAll('"', '\\"');
}
