/** An alert, for Prometheus and for Grafana alike. */

export type Severity = 'critical' | 'warning' | 'info';

export interface AlertRule {
  readonly name: `Typhon${string}`;
  /** What is watched: on a machine that is well it answers too, with what stands in the description as the value. */
  readonly watched: string;
  /** What, added to `watched`, leaves only the samples that are wrong. */
  readonly wrong: string;
  /** How long they must have been wrong, as Prometheus writes durations; at once where it is not given. */
  readonly lasting?: string;
  readonly severity: Severity;
  /** Both as templates that Prometheus and Grafana understand. */
  readonly summary: string;
  readonly description: string;
  /** Where only some machines can tell. */
  readonly needs?: 'gpu';
}

export interface AlertGroup {
  readonly name: `typhon-${string}`;
  readonly rules: readonly AlertRule[];
}

/** The whole expression. */
export function expressionOf({ watched, wrong }: AlertRule): string {
  return `${watched} ${wrong}`;
}
