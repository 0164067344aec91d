/** One number, in the colour of its threshold. */
import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  ReduceDataOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { framed, instantTargets, type PanelPlan, type PanelSpec, type ThresholdSteps, thresholds } from '../panel.js';

export interface StatSpec extends PanelSpec {
  readonly thresholds: ThresholdSteps;
  readonly decimals?: number;
}

export function stat(spec: StatSpec): PanelPlan {
  return {
    ...spec,
    kind: 'instant',
    build: (gridPos) => {
      const builder = framed(new PanelBuilder(), spec, gridPos)
        .targets(instantTargets(spec.queries, PromQueryFormat.TimeSeries))
        .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
        .colorMode(BigValueColorMode.Value)
        .graphMode(BigValueGraphMode.None)
        .textMode(spec.queries.length > 1 ? BigValueTextMode.ValueAndName : BigValueTextMode.Value)
        .thresholds(thresholds(spec.thresholds));
      return spec.decimals === undefined ? builder : builder.decimals(spec.decimals);
    },
  };
}
