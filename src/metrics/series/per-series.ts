/** Reads the samples of a metric from all series, anew only when those have changed. */

import type { SeriesSources } from '../metric-sources.js';
import type { MetricSample } from '../sample.js';

/**
 * `series` must answer the same frozen array for as long as nothing in it changes. So does what this returns, which
 * saves making its text again at every scrape.
 */
export function perSeries<Series>(
  series: (sources: SeriesSources) => readonly Series[],
  read: (series: Series) => readonly MetricSample[],
): (sources: SeriesSources) => readonly MetricSample[] {
  const known = new WeakMap<readonly Series[], readonly MetricSample[]>();
  return (sources) => {
    const all = series(sources);
    const samples = known.get(all) ?? Object.freeze(all.flatMap(read));
    known.set(all, samples);
    return samples;
  };
}
