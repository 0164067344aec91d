/** All models, ranked: for the agent, and for a command, which has neither their index nor the trends at hand. */
import type { StoragePaths } from '../chronicle/storage.js';
import { type ModelList, type ModelOrder, modelList } from '../trends/measured/model-list.js';
import type { EnergyPrice } from '../trends/report/energy-cost.js';
import type { Trend } from '../trends/trend.js';
import type { TrendBookSettings } from '../trends/trend-book.js';
import { type AskedPresent, presentOf } from './asked-present.js';
import { ModelRecords } from './model-records.js';
import { openTrendBook } from './trend-records.js';

export interface ModelListingOptions extends AskedPresent {
  readonly sort: ModelOrder;
  readonly settings: TrendBookSettings;
  /** Of energy, where it is configured. */
  readonly price?: EnergyPrice | undefined;
}

/** Rows beside the kept book: where none is kept, older ones are not judged for a table. */
const ROWS = 500;

/** Throws `StorageError`. */
export async function readModelList(
  paths: StoragePaths,
  { settings, ...options }: ModelListingOptions,
): Promise<ModelList> {
  const records = new ModelRecords(paths);
  const { now } = options;
  const book = await openTrendBook(paths, { settings, now, rows: ROWS });
  return listedModels(records, { ...options, trends: book.trends(now) });
}

interface ListedModelsOptions extends Omit<ModelListingOptions, 'settings'> {
  /** Of any series. */
  readonly trends: readonly Trend[];
}

/** For whoever keeps the records and the trends. Throws `StorageError`. */
export async function listedModels(
  records: ModelRecords,
  { now, sort, prompts, trends, price }: ListedModelsOptions,
): Promise<ModelList> {
  const index = await records.current();
  await records.keepIfWorth();
  return modelList(index.models(), { ...presentOf({ now, prompts }), sort, trends, price });
}
