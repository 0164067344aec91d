/** Which state something was in, over time: one line each. */
import { TooltipDisplayMode, VisibilityMode, VizTooltipOptionsBuilder } from '@grafana/grafana-foundation-sdk/common';
import {
  FieldColorBuilder,
  FieldColorModeId,
  type ValueMappingResult,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { listLegend } from '../legend.js';
import { framed, type PanelPlan, type PanelSpec, rangeTargets } from '../panel.js';
import { valueMappings } from '../value-mapping.js';

export interface StateTimelineSpec extends PanelSpec {
  /** By value. */
  readonly states: Readonly<Record<string, ValueMappingResult>>;
}

export function stateTimeline(spec: StateTimelineSpec): PanelPlan {
  return {
    ...spec,
    kind: 'range',
    build: (gridPos) =>
      framed(new PanelBuilder(), spec, gridPos)
        .targets(rangeTargets(spec.queries))
        .mappings(valueMappings(spec.states))
        .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
        .mergeValues(true)
        .showValue(VisibilityMode.Never)
        .rowHeight(0.8)
        .fillOpacity(80)
        .lineWidth(0)
        .legend(listLegend())
        .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Single)),
  };
}
