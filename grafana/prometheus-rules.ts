/** The alerts as Prometheus reads them. */
import { stringify } from 'yaml';
import { alertGroups } from './alert-groups.js';
import { type AlertRule, expressionOf } from './alert-rule.js';
import { generatedNote } from './generated-note.js';
import { runbookSection } from './runbook.js';

/** A rule file: https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/ */
export function prometheusRules(): string {
  const groups = alertGroups.map(({ name, rules }) => ({ name, rules: rules.map(prometheusRule) }));
  return generatedNote + stringify({ groups }, { lineWidth: 0 });
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
