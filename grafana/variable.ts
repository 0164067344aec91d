/** The variables of all dashboards. */

import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableHide,
  type VariableModel,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DATA_SOURCE_NAME, DATA_SOURCE_UID } from './data-source.js';
import { dataSource } from './panel.js';
import { series, seriesOfAny, unfiltered } from './series.js';

export interface LabelVariable {
  readonly name: string;
  readonly label: string;
  readonly description: string;
  /** Whose values of `of` are offered. */
  readonly selector: string;
  readonly of: string;
  readonly hidden?: true;
  /**
   * Whether All means whatever there is, be it known by now or not. Else All means those that are offered: of `up`,
   * every scraped job has one.
   */
  readonly allIsAnything: boolean;
}

/** The value of a multi-valued variable that stands for all. */
const ALL = '$__all';

export const labelVariables: readonly LabelVariable[] = [
  {
    name: 'job',
    label: 'Job',
    description: 'Scrape jobs of agents: those with typhon in their name, as the alert for a silent agent has it.',
    // Of `up`, which is there too where no agent answered all the time.
    selector: 'up{job=~".*typhon.*"}',
    of: 'job',
    hidden: true,
    allIsAnything: false,
  },
  {
    name: 'machine',
    label: 'Machine',
    description: 'The instance label, which Prometheus gives each agent that it scrapes.',
    selector: 'up{job=~"$job"}',
    of: 'instance',
    allIsAnything: true,
  },
  {
    name: 'instance',
    label: 'Instance',
    description: 'The same, under the name of the label: for links from other dashboards.',
    selector: 'up{job=~"$job"}',
    of: 'instance',
    hidden: true,
    allIsAnything: true,
  },
  {
    name: 'target',
    label: 'Target',
    description: 'LLM servers, by the names that the configuration gives them; discovered without one.',
    selector: seriesOfAny(['typhon_target_up', 'typhon_benchmark_success']),
    of: 'target',
    allIsAnything: true,
  },
  {
    name: 'model',
    label: 'Model',
    description: 'Models that were measured.',
    selector: series('typhon_benchmark_success', { model: unfiltered, test: unfiltered }),
    of: 'model',
    allIsAnything: true,
  },
  {
    name: 'test',
    label: 'Test',
    description: 'Tests of the benchmark, by their test_id.',
    selector: series('typhon_benchmark_success', { test: unfiltered }),
    of: 'test',
    allIsAnything: true,
  },
];

export function variables(): Builder<VariableModel>[] {
  return [sourceVariable(), ...labelVariables.map(labelVariable)];
}

function sourceVariable(): Builder<VariableModel> {
  return new DatasourceVariableBuilder('datasource')
    .label('Data source')
    .description('Prometheus servers. Each one gets rows of its own; the other lists are those of the first.')
    .type('prometheus')
    .multi(true)
    .includeAll(true)
    .current({ text: [DATA_SOURCE_NAME], value: [DATA_SOURCE_UID] });
}

function labelVariable({ name, label, description, selector, of, hidden, allIsAnything }: LabelVariable) {
  const expression = `label_values(${selector}, ${of})`;
  const builder = new QueryVariableBuilder(name)
    .label(label)
    .description(description)
    .datasource(dataSource)
    .query({ qryType: 1, query: expression, refId: `variable-${name}` })
    .definition(expression)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.NaturalAsc)
    .multi(true)
    .includeAll(true)
    .current({ text: ['All'], value: [ALL] })
    .hide(hidden ? VariableHide.HideVariable : VariableHide.DontHide);
  return allIsAnything ? builder.allValue('.*') : builder;
}
