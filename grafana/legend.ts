/** The names of the lines, below the panel that draws them. */
import { LegendDisplayMode, LegendPlacement, VizLegendOptionsBuilder } from '@grafana/grafana-foundation-sdk/common';

export type LegendValue = 'lastNotNull' | 'min' | 'max';

export function listLegend(): VizLegendOptionsBuilder {
  return legend(LegendDisplayMode.List);
}

/** A row for each line, with what `values` says of it. */
export function tableLegend(values: readonly LegendValue[] = ['lastNotNull', 'min', 'max']): VizLegendOptionsBuilder {
  return legend(LegendDisplayMode.Table).calcs([...values]);
}

function legend(mode: LegendDisplayMode): VizLegendOptionsBuilder {
  return new VizLegendOptionsBuilder().showLegend(true).displayMode(mode).placement(LegendPlacement.Bottom);
}
