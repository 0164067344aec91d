/** The alerts as Grafana provisions them from a file; who is told of them stays the user's own. */
import { stringify } from 'yaml';
import { alertGroups } from './alert-groups.js';
import { type AlertFact, type AlertRule, expressionOf } from './alert-rule.js';
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
  const { name, severity, summary, description, lasting, facts = {} } = rule;
  const asked = Object.entries(facts).map(([name, fact], index) => ({ name, fact, refId: factRefId(index) }));
  const texts = VALUE + asked.map(fromValues).join('');
  return {
    uid: uidOf(name),
    title: name,
    condition: 'C',
    data: [
      queryOf('A', DATA_SOURCE_UID, {
        expr: asked.length === 0 ? expressionOf(rule) : nameless(expressionOf(rule)),
        instant: true,
        range: false,
      }),
      // Whatever the query leaves is wrong, whether its value is large or small.
      queryOf('B', EXPRESSION, { type: 'math', expression: 'is_number($A) || is_nan($A) || is_inf($A)' }),
      queryOf('C', EXPRESSION, {
        type: 'threshold',
        expression: 'B',
        conditions: [{ evaluator: { type: 'gt', params: [0] } }],
      }),
      ...asked.map(({ fact, refId }) =>
        queryOf(refId, DATA_SOURCE_UID, { expr: nameless(fact.query('')), instant: true, range: false }),
      ),
    ],
    // A query that leaves nothing says that all is well.
    noDataState: 'OK',
    execErrState: 'Error',
    for: lasting ?? '0s',
    labels: { severity },
    annotations: { summary: texts + summary, description: texts + description, runbook_url: runbookSection(name) },
  };
}

/** After the three that every rule has. */
function factRefId(index: number): string {
  return String.fromCharCode('D'.charCodeAt(0) + index);
}

/** Grafana matches the answers of a rule's queries by their labels, of which a metric's name would be one. */
function nameless(expr: string): string {
  return `(${expr}) * 1`;
}

/** Grafana gives a template the samples of every query whose labels contain those of the alert. */
function fromValues({ name, fact: { label }, refId }: { name: string; fact: AlertFact; refId: string }): string {
  const start = label === undefined ? '0.0' : '""';
  const read = label === undefined ? '.Value' : `.Labels.${label}`;
  return `{{ $${name} := ${start} }}{{ with $values.${refId} }}{{ $${name} = ${read} }}{{ end }}`;
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
