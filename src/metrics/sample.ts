export type MetricLabels = Readonly<Record<string, string>>;

/**
 * One value. `labels` is best the same object from scrape to scrape: its text is then made once. A value that is not
 * finite is not published.
 */
export interface MetricSample {
  readonly labels: MetricLabels;
  readonly value: number;
}

const NO_LABELS: MetricLabels = {};

/** The sample of a metric without labels; none where the value is unknown. */
export function single(value: number | null | undefined): readonly MetricSample[] {
  return value === null || value === undefined ? [] : [{ labels: NO_LABELS, value }];
}

/** A sample with these labels; none where the value is unknown. */
export function sampleOf(labels: MetricLabels, value: number | null | undefined): readonly MetricSample[] {
  return value === null || value === undefined ? [] : [{ labels, value }];
}
