/** Marks on the time axis of every panel. */
import { AnnotationQueryBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { driverInfo, modelInfo, versionInfo } from './info.js';
import { dataSource } from './panel.js';
import { by, changedExpr, MACHINE, MACHINE_MODEL, MACHINE_TARGET } from './promql.js';
import { type PlannedQuery, query } from './query.js';
import { scrapeSeries, series } from './series.js';

export interface Annotation {
  readonly name: string;
  readonly query: PlannedQuery;
  readonly color: string;
  readonly title: string;
  readonly text: string;
  /** Labels that are shown as tags. */
  readonly tags: readonly string[];
  /** The query's values are the times, in milliseconds since the epoch; else the mark is where it answers. */
  readonly valueIsTime?: true;
  /** Whether it is shown at first. */
  readonly enabled: boolean;
}

const runs: Annotation = {
  name: 'Runs',
  query: query(`${by('max', MACHINE_MODEL, series('typhon_benchmark_last_run_timestamp_seconds'))} * 1000`),
  color: 'light-blue',
  title: 'A run ended',
  text: '{{model}} on {{target}} @ {{instance}}',
  tags: ['instance', 'target'],
  valueIsTime: true,
  enabled: true,
};

/** The end of every run; not shown at first where a range of months has too many. */
export function runMarks(enabled = true): Annotation {
  return { ...runs, enabled };
}

interface Change {
  readonly name: string;
  readonly info: string;
  readonly owner: readonly string[];
  readonly changed: readonly string[];
  readonly color: string;
  readonly text: string;
}

function change({ name, info, owner, changed, color, text }: Change): Annotation {
  return {
    name,
    query: query(changedExpr(info, owner, changed), undefined, ['change']),
    color,
    title: `Another ${name.toLowerCase()}`,
    text,
    tags: ['instance'],
    enabled: true,
  };
}

/** What may make a machine faster or slower. */
export const changeMarks: readonly Annotation[] = [
  change({
    name: 'Driver',
    info: driverInfo,
    owner: [...MACHINE, 'vendor'],
    changed: ['driver'],
    color: 'orange',
    text: '{{vendor}} {{driver}} @ {{instance}}',
  }),
  change({
    name: 'Server version',
    info: versionInfo,
    owner: MACHINE_TARGET,
    changed: ['server', 'version'],
    color: 'purple',
    text: '{{server}} {{version}} as {{target}} @ {{instance}}',
  }),
  change({
    name: 'Model',
    info: modelInfo,
    owner: MACHINE_TARGET,
    changed: ['model'],
    color: 'yellow',
    text: '{{model}} on {{target}} @ {{instance}}',
  }),
  change({
    name: 'Kernel',
    info: series('typhon_machine_info', { kernel: { not: '' } }),
    owner: MACHINE,
    changed: ['kernel'],
    color: 'dark-green',
    text: '{{kernel}} @ {{instance}}',
  }),
];

/** What happened to the agent itself. */
export const agentMarks: readonly Annotation[] = [
  change({
    name: 'Version of typhon',
    info: series('typhon_build_info'),
    owner: MACHINE,
    changed: ['version'],
    color: 'purple',
    text: 'typhon {{version}} @ {{instance}}',
  }),
  {
    name: 'Starts',
    query: query(`${by('max', MACHINE, scrapeSeries('process_start_time_seconds'))} * 1000`),
    color: 'red',
    title: 'The agent started',
    text: '{{instance}}',
    tags: ['instance'],
    valueIsTime: true,
    enabled: true,
  },
];

// No finer than it is looked for; also how close two marks may be before they become one.
const STEP = '60s';

export function annotationQuery(annotation: Annotation): AnnotationQueryBuilder {
  const { name, query, color, title, text, tags, enabled } = annotation;
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource(dataSource)
    .enable(enabled)
    .iconColor(color)
    .expr(query.expr)
    .step(STEP)
    .target(new DataqueryBuilder().refId('Anno').expr(query.expr).interval(STEP).range())
    .titleFormat(title)
    .textFormat(text)
    .tagKeys(tags.join(','))
    .useValueForTime(annotation.valueIsTime === true);
}
