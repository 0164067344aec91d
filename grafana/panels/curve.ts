/** Values now over the size of the context, a group of bars for each size. */
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/barchart';
import { TooltipDisplayMode, VisibilityMode, VizTooltipOptionsBuilder } from '@grafana/grafana-foundation-sdk/common';
import type { DataTransformerConfig } from '@grafana/grafana-foundation-sdk/dashboard';
import { PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { listLegend } from '../legend.js';
import { framed, instantTargets, type PanelPlan, type PanelSpec } from '../panel.js';

/** The label that the query puts the name of a line in. */
export const CURVE_LABEL = 'series';
const SIZE_LABEL = 'ctx_size';
/** What the matrix calls its first column. */
const SIZE_COLUMN = `${SIZE_LABEL}\\${CURVE_LABEL}`;

/** Sizes are sorted as numbers and drawn as names, at equal distances: a bar chart takes any number for a bar. */
const transformations: DataTransformerConfig[] = [
  converted(SIZE_LABEL, 'number'),
  { id: 'sortBy', options: { sort: [{ field: SIZE_LABEL, desc: false }] } },
  {
    id: 'groupingToMatrix',
    options: { rowField: SIZE_LABEL, columnField: CURVE_LABEL, valueField: 'Value', emptyValue: 'null' },
  },
  converted(SIZE_COLUMN, 'string'),
];

function converted(targetField: string, destinationType: 'number' | 'string'): DataTransformerConfig {
  return { id: 'convertFieldType', options: { conversions: [{ targetField, destinationType }] } };
}

/** The query's answers need the labels `ctx_size` and `series`. */
export function curve(spec: PanelSpec): PanelPlan {
  return {
    ...spec,
    kind: 'instant',
    build: (gridPos) =>
      framed(new PanelBuilder(), spec, gridPos)
        .targets(instantTargets(spec.queries, PromQueryFormat.Table))
        .transformations(transformations)
        .xField(SIZE_COLUMN)
        .min(0)
        .showValue(VisibilityMode.Auto)
        .groupWidth(0.8)
        .legend(listLegend())
        .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi)),
  };
}
