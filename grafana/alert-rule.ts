/** An alert, for Prometheus and for Grafana alike. */

export type Severity = 'critical' | 'warning' | 'info';

/**
 * What a text says beside the labels and the value: as `$name` in it, 0 or empty where the query leaves nothing. In
 * neither program is it a part of what tells one alert from another, so that an alert goes on while it changes.
 */
export interface AlertFact {
  /** With these braces in its selectors, where labels are filled in. */
  readonly query: (matchers: string) => string;
  /** Of its sample; the value where none is given. */
  readonly label?: string;
}

export interface AlertRule {
  readonly name: `Typhon${string}`;
  /** What is watched: on a machine that is well it answers too, with what stands in the description as the value. */
  readonly watched: string;
  /** What, added to `watched`, leaves only the samples that are wrong. */
  readonly wrong: string;
  /** How long they must have been wrong, as Prometheus writes durations; at once where it is not given. */
  readonly lasting?: string;
  readonly severity: Severity;
  /** What the texts may say as `$name`. */
  readonly facts?: Readonly<Record<string, AlertFact>>;
  /** The labels by which the samples of the facts belong to an alert. */
  readonly factsBy?: readonly string[];
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
