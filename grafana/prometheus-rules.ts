/** The alerts as Prometheus reads them. */
import { stringify } from 'yaml';
import { alertGroups } from './alert-groups.js';
import { type AlertFact, type AlertRule, expressionOf } from './alert-rule.js';
import { generatedNote } from './generated-note.js';
import { runbookSection } from './runbook.js';

/** A rule file: https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/ */
export function prometheusRules(): string {
  return generatedNote + stringify({ groups: groups() }, { lineWidth: 0 });
}

/** The same for the Prometheus Operator, which keeps rules as objects of Kubernetes. */
export function prometheusRuleManifest(): string {
  const manifest = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'typhon', namespace: 'typhon', labels: { 'app.kubernetes.io/name': 'typhon' } },
    spec: { groups: groups() },
  };
  return generatedNote + stringify(manifest, { lineWidth: 0 });
}

function groups() {
  return alertGroups.map(({ name, rules }) => ({ name, rules: rules.map(prometheusRule) }));
}

function prometheusRule(rule: AlertRule) {
  return {
    alert: rule.name,
    expr: expressionOf(rule),
    ...(rule.lasting === undefined ? {} : { for: rule.lasting }),
    labels: { severity: rule.severity },
    annotations: {
      summary: withFacts(rule, rule.summary),
      description: withFacts(rule, rule.description),
      runbook_url: runbookSection(rule.name),
    },
  };
}

/** The text, with what it says as `$name` asked for before it. */
function withFacts({ facts = {}, factsBy = [] }: AlertRule, text: string): string {
  const used = Object.entries(facts).filter(([name]) => new RegExp(`\\$${name}\\b`).test(text));
  return used.map(([name, fact]) => queried(name, fact, factsBy)).join('') + text;
}

function queried(name: string, { query, label }: AlertFact, by: readonly string[]): string {
  const expr = query(`{${by.map((key) => `${key}=%q`).join(',')}}`);
  // Each selector takes the same labels.
  const selectors = expr.split('%q').length - 1;
  const keys = Array.from({ length: selectors }, (_, index) => `$labels.${by[index % by.length]}`);
  const start = label === undefined ? '0.0' : '""';
  const read = label === undefined ? '. | value' : `. | label "${label}"`;
  return `{{ $${name} := ${start} }}{{ range query (printf \`${expr}\` ${keys.join(' ')}) }}{{ $${name} = ${read} }}{{ end }}`;
}
