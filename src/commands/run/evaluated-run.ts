/** What a run in the foreground means for the trends: judged and kept as the agent does it, told in words. */

import type { BenchmarkResult } from '../../benchmark/result.js';
import type { StoragePaths } from '../../chronicle/storage.js';
import type { Config } from '../../config/schema.js';
import { evaluateResult, type RegressionEvent } from '../../judging/trend-judging.js';
import { openTrendBook, trendSettings } from '../../judging/trend-records.js';
import type { Logger } from '../../logger.js';
import { testName } from '../../shared/test-name.js';
import { regressionSentence } from '../../trends/report/report-words.js';
import { signals } from '../../trends/signal.js';

export interface EvaluatedRun {
  readonly result: BenchmarkResult;
  readonly paths: StoragePaths;
  readonly config: Pick<Config, 'trends'>;
  readonly now: Date;
  readonly logger: Logger;
}

/** One sentence for each regression that the run starts or ends. Never rejects: the run is recorded all the same. */
export async function evaluateRun({ result, paths, config, now, logger }: EvaluatedRun): Promise<readonly string[]> {
  try {
    // Only runs that were judged before: this one is told by itself.
    const concerns = ({ run_id }: { readonly run_id: string }) => run_id !== result.run_id;
    const book = await openTrendBook(paths, { settings: trendSettings(config), now, concerns });
    const events = await evaluateResult(book, result, { paths, now });
    return events.map(sentence);
  } catch (error) {
    logger.error({ err: error, run_id: result.run_id }, 'the trends of a result could not be kept');
    return [];
  }
}

function sentence({ kind, series, signal, regression }: RegressionEvent): string {
  const { label } = signals[signal];
  if (kind === 'started') {
    return `Slower for good: ${regressionSentence({ ...regression, test_id: series.test_id, label })}`;
  }
  return `Well again: ${testName(series.test_id)}: ${label}, which was worse since ${regression.since}.`;
}
