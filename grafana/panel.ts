/** What all panels have, whatever they draw. */
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import {
  type GridPos,
  type Panel,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import type { PlannedQuery } from './query.js';

/** Prometheus, as the dashboard's data source variable selects it. */
export const dataSource: DataSourceRef = { type: 'prometheus', uid: '${datasource}' };

/** Columns of the dashboard. */
export const GRID_WIDTH = 24;

export interface PanelSpec {
  /** For good: links to a panel hold it. */
  readonly id: number;
  readonly title: string;
  readonly description: string;
  /** Of Grafana, such as `s`, `percentunit` or `suffix: tok/s`. */
  readonly unit: string;
  /** Of 24 columns. */
  readonly width: number;
  /** In rows of 30 pixels. */
  readonly height: number;
  readonly queries: readonly PlannedQuery[];
  /** Shown instead of "No data". */
  readonly noValue?: string;
}

export type QueryKind = 'range' | 'instant';

export interface PanelPlan extends PanelSpec {
  readonly kind: QueryKind;
  readonly build: (gridPos: GridPos) => Builder<Panel>;
}

interface PanelBuilder extends Builder<Panel> {
  id(id: number): this;
  title(title: string): this;
  description(description: string): this;
  unit(unit: string): this;
  datasource(dataSource: DataSourceRef): this;
  targets(targets: Builder<Dataquery>[]): this;
  gridPos(gridPos: GridPos): this;
  noValue(text: string): this;
}

/** Fills in what the spec says. */
export function framed<Own extends PanelBuilder>(builder: Own, spec: PanelSpec, gridPos: GridPos): Own {
  if (spec.noValue !== undefined) builder.noValue(spec.noValue);
  return builder
    .id(spec.id)
    .title(spec.title)
    .description(spec.description)
    .unit(spec.unit)
    .datasource(dataSource)
    .gridPos(gridPos);
}

/** The name of a panel's query by its place: A, B, … */
export function refIdOf(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index);
}

export function rangeTargets(queries: readonly PlannedQuery[]): Builder<Dataquery>[] {
  return queries.map(({ expr, legend = '__auto' }, index) =>
    new DataqueryBuilder()
      .refId(refIdOf(index))
      .expr(expr)
      .range()
      .legendFormat(legend)
      .format(PromQueryFormat.TimeSeries),
  );
}

export function instantTargets(queries: readonly PlannedQuery[], format: PromQueryFormat): Builder<Dataquery>[] {
  return queries.map(({ expr, legend = '__auto' }, index) =>
    new DataqueryBuilder().refId(refIdOf(index)).expr(expr).instant().legendFormat(legend).format(format),
  );
}

/** A colour from a value on; the first one holds below all others. */
export type ThresholdSteps = readonly [base: string, ...above: (readonly [value: number, color: string])[]];

export function thresholdSteps([base, ...above]: ThresholdSteps): Threshold[] {
  return [{ value: null, color: base }, ...above.map(([value, color]) => ({ value, color }))];
}

export function thresholds(steps: ThresholdSteps): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(thresholdSteps(steps));
}
