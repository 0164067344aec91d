/** The series that a dashboard selects: a metric or a label that the registry does not know does not compile. */
import type { ProcessMetricName } from '../src/metrics/families/process.js';
import { type MetricName, metricDefinitions, type metricFamilies } from '../src/metrics/registry.js';

type Registered = (typeof metricFamilies)[number][number];
type Histogram = Extract<Registered, { type: 'histogram' }>;

/** What a selector may name: the samples of a histogram have names of their own. */
export type SeriesName = Exclude<MetricName, Histogram['name']> | `${Histogram['name']}_${'bucket' | 'sum' | 'count'}`;

type DefinitionOf<Name extends SeriesName> = Name extends `${Histogram['name']}_${string}`
  ? Histogram
  : Extract<Registered, { name: Name }>;

type LabelOf<Name extends SeriesName> = DefinitionOf<Name>['labels'][number];

/** What Prometheus itself says of a scrape. */
type ScrapeMetricName = 'up' | 'scrape_duration_seconds' | 'ALERTS';

/** A value that the label must have, one that it must not have, or `unfiltered`. */
type Matcher = string | { readonly not: string } | { readonly unfiltered: true };

/** No filter at all: not even the one of the dashboard's variable. */
export const unfiltered = { unfiltered: true } as const;

type ScrapeLabel = 'job' | 'instance';

type Matchers<Name extends SeriesName> = { readonly [Label in LabelOf<Name> | ScrapeLabel]?: Matcher };

/** Which variable of the dashboards filters a label. */
const variablesOf: Readonly<Record<string, readonly string[]>> = {
  job: ['$job'],
  // The second is for links from dashboards of others, which select by the label's own name.
  instance: ['$machine', '$instance'],
  target: ['$target'],
  model: ['$model'],
  test: ['$test'],
};

const scrapeLabels: readonly ScrapeLabel[] = ['job', 'instance'];

/**
 * The series of a metric that the dashboard's variables select, as a PromQL selector. Prometheus adds `job` and
 * `instance` to what the registry defines. Throws for a metric that the registry does not have.
 */
export function series<Name extends SeriesName>(name: Name, matchers: Matchers<Name> = {}): string {
  const own: Readonly<Record<string, Matcher | undefined>> = matchers;
  const filters = [...scrapeLabels, ...labelsOf(name)].flatMap((label) => filterText(label, own[label]));
  return filters.length === 0 ? name : `${name}{${filters.join(', ')}}`;
}

/** As `series`, of several metrics at once; they are filtered by `job` and `instance` alone. */
export function seriesOfAny(names: readonly SeriesName[]): string {
  return `{__name__=~"${names.join('|')}", ${scrapeFilter()}}`;
}

/** As `series`, for a metric of the agent's process, of its scrapes or of the alert rules. */
export function scrapeSeries(name: ProcessMetricName | ScrapeMetricName, more = ''): string {
  return `${name}{${scrapeFilter()}${more}}`;
}

function scrapeFilter(): string {
  return scrapeLabels.flatMap((label) => filterText(label, undefined)).join(', ');
}

function labelsOf(name: string): readonly string[] {
  const definition = metricDefinitions.find((known) =>
    known.type === 'histogram' ? name.startsWith(`${known.name}_`) : known.name === name,
  );
  if (definition === undefined) throw new TypeError(`the registry has no metric ${name}`);
  return definition.labels;
}

function filterText(label: string, matcher: Matcher | undefined): readonly string[] {
  if (typeof matcher === 'string') return [`${label}="${matcher}"`];
  if (matcher !== undefined) return 'not' in matcher ? [`${label}!="${matcher.not}"`] : [];
  return (variablesOf[label] ?? []).map((variable) => `${label}=~"${variable}"`);
}
