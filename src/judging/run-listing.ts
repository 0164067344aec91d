/** The newest runs, read from the chronicle's end. */
import { readWholeTail } from '../chronicle/rotation.js';
import type { StoragePaths } from '../chronicle/storage.js';
import { type RunList, runList } from '../trends/measured/run-list.js';
import { type AskedPresent, presentOf } from './asked-present.js';

// A full run on a large card has as many tests, and so rows.
const ROWS_PER_RUN = 12;

/** Reads as much as `limit` runs can have, not the years before. Throws `StorageError`. */
export async function readRunList(
  paths: Pick<StoragePaths, 'chronicle'>,
  { limit, ...asked }: AskedPresent & { readonly limit: number },
): Promise<RunList> {
  // One more: the first of them may be there in part.
  const { rows } = await readWholeTail(paths, { rows: (limit + 1) * ROWS_PER_RUN });
  return runList(rows, { limit, ...presentOf(asked) });
}
