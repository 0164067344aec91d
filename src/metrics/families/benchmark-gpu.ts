/** What the GPUs did during the last good run of each test: their figures that have a metric. */

import type { Unit } from '../../shared/figure-text.js';
import { type GpuFigureOf, gpuFigures, gpuFiguresOf } from '../../shared/gpu-figures.js';
import { MIB } from '../../shared/units.js';
import type { LiveMetricDefinition, MetricFamily } from '../metric.js';
import type { SeriesSources } from '../metric-sources.js';
import { sampleOf } from '../sample.js';
import { perSeries } from '../series/per-series.js';
import { seriesLabelNames } from '../series/series-labels.js';

const PERCENT = 100;

const inBaseUnit: Partial<Record<Unit, (value: number) => number>> = {
  MiB: (mib) => mib * MIB,
  '%': (percent) => percent / PERCENT,
};

/** Prometheus' base units: bytes and ratios in place of MiB and percent. */
function baseUnits(value: number | null, unit: Unit): number | null {
  return value === null ? null : (inBaseUnit[unit]?.(value) ?? value);
}

function definitionOf<Figure extends GpuFigureOf<'each' | 'all'>, Label extends string>(
  figure: Figure,
  labels: readonly Label[],
  samples: LiveMetricDefinition<SeriesSources>['samples'],
) {
  const { name, help }: (typeof gpuFigures)[Figure]['metric'] = gpuFigures[figure].metric;
  return { name, type: 'gauge', help, labels, samples } as const;
}

const gpuLabelNames = [...seriesLabelNames, 'gpu', 'uuid'] as const;

const ofEach = gpuFiguresOf('each').map((figure) =>
  definitionOf(
    figure,
    gpuLabelNames,
    perSeries(
      ({ benchmarks }) => benchmarks.visible(),
      ({ labels, measured }) =>
        (measured?.gpus ?? []).flatMap((gpu) =>
          sampleOf(
            { ...labels, gpu: String(gpu.index), uuid: gpu.uuid ?? '' },
            baseUnits(gpu[figure], gpuFigures[figure].unit),
          ),
        ),
    ),
  ),
);

const ofAll = gpuFiguresOf('all').map((figure) =>
  definitionOf(
    figure,
    seriesLabelNames,
    perSeries(
      ({ benchmarks }) => benchmarks.visible(),
      ({ labels, measured }) => sampleOf(labels, measured && baseUnits(measured[figure], gpuFigures[figure].unit)),
    ),
  ),
);

export const benchmarkGpu = [...ofEach, ...ofAll] satisfies MetricFamily;
