/** Values now, one row for each set of labels; the queries' answers side by side. */
import {
  TableCellDisplayMode,
  TableCellHeight,
  TableSortByFieldStateBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import type {
  DataTransformerConfig,
  DynamicConfigValue,
  GridPos,
  ValueMappingResult,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import {
  framed,
  instantTargets,
  type PanelPlan,
  type PanelSpec,
  refIdOf,
  type ThresholdSteps,
  thresholdSteps,
} from '../panel.js';
import type { PlannedQuery } from '../query.js';
import { valueMappings } from '../value-mapping.js';

export interface LabelColumn {
  readonly label: string;
  readonly header: string;
  readonly link?: CellLink;
}

export interface CellLink {
  readonly title: string;
  readonly url: string;
}

export interface ValueColumn {
  /** None: only the query's labels are shown. */
  readonly header?: string;
  readonly query: PlannedQuery;
  readonly unit?: string;
  readonly decimals?: number;
  readonly thresholds?: ThresholdSteps;
  readonly states?: Readonly<Record<string, ValueMappingResult>>;
}

export interface TableSpec extends Omit<PanelSpec, 'queries'> {
  readonly labels: readonly LabelColumn[];
  readonly values: readonly ValueColumn[];
  /** The header of the column that the rows are sorted by at first. */
  readonly sortBy?: { readonly header: string; readonly desc: boolean };
  /** Rows whose only value is 0 are left out. */
  readonly nonZero?: true;
}

export function table(spec: TableSpec): PanelPlan {
  const queries = spec.values.map(({ query }) => query);
  return { ...spec, queries, kind: 'instant', build: (gridPos) => built({ ...spec, queries }, gridPos) };
}

function built(spec: TableSpec & PanelSpec, gridPos: GridPos): PanelBuilder {
  const builder = framed(new PanelBuilder(), spec, gridPos)
    .targets(instantTargets(spec.queries, PromQueryFormat.Table))
    .transformations(transformations(spec))
    .cellHeight(TableCellHeight.Sm)
    .filterable(true)
    .showHeader(true);
  for (const { header, link } of spec.labels) {
    if (link !== undefined) builder.overrideByName(header, [{ id: 'links', value: [{ ...link, targetBlank: false }] }]);
  }
  for (const column of spec.values) {
    if (column.header !== undefined) builder.overrideByName(column.header, columnProperties(column));
  }
  if (spec.sortBy === undefined) return builder;
  const { header, desc } = spec.sortBy;
  return builder.sortBy([new TableSortByFieldStateBuilder().displayName(header).desc(desc)]);
}

/** What Grafana calls the values of a query of a table. */
function valueName(index: number, count: number): string {
  return count === 1 ? 'Value' : `Value #${refIdOf(index)}`;
}

function transformations({ labels, values, nonZero }: TableSpec): DataTransformerConfig[] {
  const named = values.map(({ header }, index) => ({ header, name: valueName(index, values.length) }));
  const shown = named.flatMap(({ header, name }) => (header === undefined ? [] : [{ header, name }]));
  const columns = [...labels.map(({ label, header }) => ({ header, name: label })), ...shown];
  const hidden = ['Time', ...named.flatMap(({ header, name }) => (header === undefined ? [name] : []))];
  return [
    ...(nonZero ? [nonZeroRows(valueName(0, values.length))] : []),
    ...(values.length > 1 ? [{ id: 'merge', options: {} }] : []),
    {
      id: 'organize',
      options: {
        excludeByName: Object.fromEntries(hidden.map((name) => [name, true])),
        indexByName: Object.fromEntries(columns.map(({ name }, index) => [name, index])),
        renameByName: Object.fromEntries(columns.map(({ name, header }) => [name, header])),
      },
    },
  ];
}

function nonZeroRows(fieldName: string): DataTransformerConfig {
  const filters = [{ fieldName, config: { id: 'greater', options: { value: 0 } } }];
  return { id: 'filterByValue', options: { filters, type: 'include', match: 'any' } };
}

function columnProperties({ unit, decimals, thresholds, states }: ValueColumn): DynamicConfigValue[] {
  const isColored = thresholds !== undefined || states !== undefined;
  return [
    ...(unit === undefined ? [] : [{ id: 'unit', value: unit }]),
    ...(decimals === undefined ? [] : [{ id: 'decimals', value: decimals }]),
    ...(states === undefined ? [] : [{ id: 'mappings', value: valueMappings(states) }]),
    ...(thresholds === undefined
      ? []
      : [{ id: 'thresholds', value: { mode: 'absolute', steps: thresholdSteps(thresholds) } }]),
    ...(isColored ? [{ id: 'custom.cellOptions', value: { type: TableCellDisplayMode.ColorText } }] : []),
  ];
}
