/** What a server makes for several requests at once, all together. */
import type { BoardRow } from '../board.js';
import { SERIES_LEGEND, TOKENS_PER_SECOND } from '../look.js';
import { curve } from '../panels/curve.js';
import { timeSeries } from '../panels/time-series.js';
import { by, MACHINE_MODEL, SERIES } from '../promql.js';
import { query } from '../query.js';
import { series } from '../series.js';

const STREAMS = 'concurrency_(.*)';
/** Streams at once in the place of the size of the context. */
function streamsCurve(): string {
  const values = by('max', [...MACHINE_MODEL, 'test'], series('typhon_benchmark_aggregate_tokens_per_second'));
  const sized = `max without (test) (label_replace(${values}, "ctx_size", "$1", "test", "${STREAMS}"))`;
  return `label_join(${sized}, "series", " · ", "model", "target", "instance")`;
}

export const severalStreams: BoardRow = {
  title: 'Several streams',
  panels: [
    curve({
      id: 60,
      title: 'All streams together, by streams at once',
      description: 'Tokens a second of 2, 4 and 8 requests at once, added up; of load tests, which full runs have.',
      unit: TOKENS_PER_SECOND,
      width: 12,
      height: 9,
      queries: [query(streamsCurve())],
      noValue: 'no load test yet',
    }),
    timeSeries({
      id: 61,
      title: 'All streams together',
      description: 'The same over time, held from run to run.',
      unit: TOKENS_PER_SECOND,
      width: 12,
      height: 9,
      queries: [query(by('max', SERIES, series('typhon_benchmark_aggregate_tokens_per_second')), SERIES_LEGEND)],
      values: 'held',
      min: 0,
      noValue: 'no load test yet',
    }),
  ],
};
