/** The alerts as Grafana provisions them from a file; who is told of them stays the user's own. */
import { stringify } from 'yaml';
import { alertGroups } from './alert-groups.js';
import { type AlertRule, expressionOf } from './alert-rule.js';
import { DATA_SOURCE_UID } from './data-source.js';
import { generatedNote } from './generated-note.js';
import { runbookSection } from './runbook.js';

/** What Grafana calls a data source that is no data source but computes on the others' answers. */
const EXPRESSION = '__expr__';
/** Seconds of the past that a query sees; the expressions carry their own ranges. */
const RANGE_S = 600;
/** In Grafana `$value` is a text of all values: this makes it the number that it is in Prometheus. */
const VALUE = '{{ $value := $values.A.Value }}';

/** https://grafana.com/docs/grafana/latest/alerting/set-up/provision-alerting-resources/file-provisioning/ */
export function alertProvisioning(): string {
  const groups = alertGroups.map(({ name, rules }) => ({
    orgId: 1,
    name,
    folder: 'typhon',
    interval: '1m',
    rules: rules.map(provisionedRule),
  }));
  return generatedNote + stringify({ apiVersion: 1, groups }, { lineWidth: 0 });
}

function provisionedRule(rule: AlertRule) {
  const { name, severity, summary, description, lasting } = rule;
  return {
    uid: uidOf(name),
    title: name,
    condition: 'C',
    data: [
      queryOf('A', DATA_SOURCE_UID, { expr: expressionOf(rule), instant: true, range: false }),
      // Whatever the query leaves is wrong, whether its value is large or small.
      queryOf('B', EXPRESSION, { type: 'math', expression: 'is_number($A) || is_nan($A) || is_inf($A)' }),
      queryOf('C', EXPRESSION, {
        type: 'threshold',
        expression: 'B',
        conditions: [{ evaluator: { type: 'gt', params: [0] } }],
      }),
    ],
    // A query that leaves nothing says that all is well.
    noDataState: 'OK',
    execErrState: 'Error',
    for: lasting ?? '0s',
    labels: { severity },
    annotations: { summary: VALUE + summary, description: VALUE + description, runbook_url: runbookSection(name) },
  };
}

function queryOf(refId: string, datasourceUid: string, model: Readonly<Record<string, unknown>>) {
  return {
    refId,
    relativeTimeRange: { from: RANGE_S, to: 0 },
    datasourceUid,
    model: {
      refId,
      datasource: { type: datasourceUid === EXPRESSION ? EXPRESSION : 'prometheus', uid: datasourceUid },
      ...model,
    },
  };
}

/** `TyphonNoRun` is `typhon-no-run`. */
function uidOf(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
}
