/** PromQL that several panels share. */
import { CURVE_LABEL } from './panels/curve.js';

/**
 * How a machine is told from others: by `instance`, which Prometheus adds. All else that a scraper adds (replica, pod,
 * cluster) is aggregated away, so that a machine that two Prometheus servers scrape is shown once.
 */
export const MACHINE = ['instance'] as const;
export const MACHINE_TARGET = [...MACHINE, 'target'] as const;
export const MACHINE_MODEL = [...MACHINE_TARGET, 'model'] as const;
/** One benchmark series, whichever kind of server the target was. */
export const SERIES = [...MACHINE_MODEL, 'test'] as const;
export const MACHINE_GPU = [...MACHINE, 'gpu'] as const;
export const SERIES_GPU = [...SERIES, 'gpu'] as const;

type Aggregation = 'max' | 'min' | 'sum' | 'count' | 'avg' | 'group';

export function by(aggregation: Aggregation, labels: readonly string[], expr: string): string {
  return `${aggregation} by (${labels.join(', ')}) (${expr})`;
}

/** How much a counter rose within the dashboard's range, or within each step of a panel. */
export function increaseOf(selected: string, window: '$__range' | '$__rate_interval'): string {
  return `increase(${selected}[${window}])`;
}

/** The same of a counter that is there from its first count on: that one, too. */
export function increaseSinceFirst(selected: string, window: '$__range' | '$__rate_interval'): string {
  return `${selected} unless ${selected} offset ${window} or ${increaseOf(selected, window)}`;
}

/** How many of them are 0, of values that are 0 or 1. */
export function zerosOf(ones: string): string {
  return `count(${ones}) - sum(${ones})`;
}

/** The same for each set of `labels`. */
export function zerosBy(labels: readonly string[], ones: string): string {
  return `${by('count', labels, ones)} - ${by('sum', labels, ones)}`;
}

/** The value of a curve for each size of the context, under the label that its lines are named by. */
export function curveExpr(selected: string): string {
  const values = by('max', [...MACHINE_MODEL, 'ctx_size'], selected);
  return `label_join(${values}, "${CURVE_LABEL}", " · ", "model", "target", "instance")`;
}

/**
 * Where a label of an info metric became another: what is there now, was not there one step ago, while within a day
 * before that something else was. So the first sight of a machine is no change, nor is its return after a night off.
 * A return to what it was within the same day is not told.
 */
export function changedExpr(info: string, owner: readonly string[], changed: readonly string[]): string {
  const before = `last_over_time(${info}[1d] offset $__interval)`;
  const all = [...owner, ...changed];
  return `${by('group', all, info)} unless ${by('group', all, before)} and on (${owner.join(', ')}) ${by('group', owner, before)}`;
}

/**
 * The mean over the dashboard's range of a value that is held between runs. It is taken only when it is at most a step
 * and a minute old, so that runs count about alike however long each was held, and `joined` tells them apart by what was
 * in force when they took place.
 */
export function meanOfRuns(value: string, lastSuccess: string, labels: readonly string[], joined: string): string {
  const fresh = `time() - ${lastSuccess} < 60 + $__interval_ms / 1000`;
  return `avg_over_time(((${value} and on (${labels.join(', ')}) (${fresh})) ${joined})[$__range:$__interval])`;
}

/** Over months a step is hours: the mean of what was held in it, so that no run falls between two steps. */
export function held(selected: string): string {
  return by('max', SERIES, `avg_over_time(${selected}[$__rate_interval])`);
}
