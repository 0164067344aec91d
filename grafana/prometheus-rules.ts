/** The alerts as Prometheus reads them. */
import { stringify } from 'yaml';
import { alertGroups } from './alert-groups.js';
import { type AlertRule, expressionOf } from './alert-rule.js';
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
    annotations: { summary: rule.summary, description: rule.description, runbook_url: runbookSection(rule.name) },
  };
}
