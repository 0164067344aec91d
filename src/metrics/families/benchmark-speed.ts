/** How fast the last good run of each test was: the figures of a test that have a metric. */
import { type NamesWith, namesWith } from '../../shared/figure-table.js';
import { testFigures } from '../../shared/test-figures.js';
import type { LiveMetricDefinition, MetricFamily } from '../metric.js';
import type { SeriesSources } from '../metric-sources.js';
import { sampleOf } from '../sample.js';
import { perSeries } from '../series/per-series.js';
import { type SeriesLabel, seriesLabelNames } from '../series/series-labels.js';

type FigureName = NamesWith<typeof testFigures, 'metric'>;
type FigureMetric = (typeof testFigures)[FigureName]['metric'];

type OwnLabel<Metric> = Metric extends { readonly labels: infer Labels } ? keyof Labels : never;

/** Each name with its labels: the dashboards' queries are checked against them. */
type Definition<Metric> = Metric extends FigureMetric
  ? LiveMetricDefinition<SeriesSources> & {
      readonly name: Metric['name'];
      readonly labels: readonly (SeriesLabel | OwnLabel<Metric>)[];
    }
  : never;

const figures = namesWith(testFigures, 'metric').map((figure) => {
  const metric: FigureMetric = testFigures[figure].metric;
  return { figure, name: metric.name, help: metric.help, own: 'labels' in metric ? metric.labels : undefined };
});

const metrics = figures.filter(({ name }, place) => figures.findIndex((other) => other.name === name) === place);

export const benchmarkSpeed = metrics.map(({ name, help, own }) => {
  const members = figures.filter((figure) => figure.name === name);
  return {
    name,
    type: 'gauge',
    help,
    labels: [...seriesLabelNames, ...(Object.keys(own ?? {}) as OwnLabel<FigureMetric>[])],
    samples: perSeries(
      ({ benchmarks }) => benchmarks.visible(),
      ({ labels, measured }) =>
        members.flatMap((member) => {
          const all = member.own === undefined ? labels : { ...labels, ...member.own };
          return sampleOf(all, measured?.[member.figure]);
        }),
    ),
  };
}) as readonly Definition<FigureMetric>[] satisfies MetricFamily;
