/** Values over time as lines, or as bars for what is counted. */
import {
  GraphDrawStyle,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LineInterpolation,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import type { DynamicConfigValue, GridPos } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { type LegendValue, tableLegend } from '../legend.js';
import { framed, type PanelPlan, type PanelSpec, rangeTargets, type ThresholdSteps, thresholds } from '../panel.js';

export interface TimeSeriesSpec extends PanelSpec {
  /** `held`: a value that stays until the next run. `live`: read at each scrape. `counted`: per interval. */
  readonly values: 'held' | 'live' | 'counted';
  readonly min?: number;
  readonly max?: number;
  /** Drawn as dashed lines between the colours. */
  readonly thresholds?: ThresholdSteps;
  /** Series whose name it matches are what the others are compared with: dashed. */
  readonly reference?: string;
  readonly legendValues?: readonly LegendValue[];
}

const DASHED: DynamicConfigValue[] = [
  { id: 'custom.lineStyle', value: { fill: 'dash', dash: [8, 8] } },
  { id: 'custom.fillOpacity', value: 0 },
];

export function timeSeries(spec: TimeSeriesSpec): PanelPlan {
  return { ...spec, kind: 'range', build: (gridPos) => built(spec, gridPos) };
}

function built(spec: TimeSeriesSpec, gridPos: GridPos): PanelBuilder {
  const builder = framed(new PanelBuilder(), spec, gridPos)
    .targets(rangeTargets(spec.queries))
    .lineWidth(1)
    .fillOpacity(spec.values === 'counted' ? 60 : 5)
    .showPoints(VisibilityMode.Never)
    .legend(tableLegend(spec.legendValues))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
  drawn(builder, spec);
  if (spec.min !== undefined) builder.min(spec.min);
  if (spec.max !== undefined) builder.max(spec.max);
  if (spec.reference !== undefined) builder.overrideByRegexp(spec.reference, DASHED);
  if (spec.thresholds === undefined) return builder;
  return builder
    .thresholds(thresholds(spec.thresholds))
    .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
}

function drawn(builder: PanelBuilder, { values }: TimeSeriesSpec): PanelBuilder {
  if (values === 'counted') {
    return builder
      .drawStyle(GraphDrawStyle.Bars)
      .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
  }
  const interpolation = values === 'held' ? LineInterpolation.StepAfter : LineInterpolation.Linear;
  return builder.drawStyle(GraphDrawStyle.Line).lineInterpolation(interpolation);
}
