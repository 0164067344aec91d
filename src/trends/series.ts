/** What is compared with what: one test of one workload on one model, served by one target of one machine. */
import * as z from 'zod';
import type { ChronicleRow } from '../chronicle/row.js';

export const seriesKeySchema = z.object({
  machine_id: z.string(),
  target: z.string(),
  model: z.string(),
  test_id: z.string(),
  workload_version: z.union([z.number().int(), z.string()]),
});
export type SeriesKey = z.infer<typeof seriesKeySchema>;

/** What identifies a row's series, without the row's figures. */
export function seriesKeyOf(row: SeriesKey): SeriesKey {
  const { machine_id, target, model, test_id, workload_version } = row;
  return { machine_id, target, model, test_id, workload_version };
}

/** The same text for the same series and no other. */
export function seriesId(key: SeriesKey): string {
  return JSON.stringify([key.machine_id, key.target, key.model, key.test_id, key.workload_version]);
}

/** A row and when its run took place: `run_at`, unless that cannot be. */
export interface DatedRow {
  readonly row: ChronicleRow;
  readonly at: string;
}

// Before the first release of the project: a machine whose clock says so has lost its time.
const EARLIEST = '2020-01-01T00:00:00.000Z';
const CLOCK_TOLERANCE_MS = 86_400_000;

/**
 * The rows with believable times. One that lies before 2020 or more than a day after `now` was written by a wrong
 * clock: it takes the time of the row before it in the file.
 */
export function* dated(rows: Iterable<ChronicleRow>, now: Date): Generator<DatedRow> {
  const latestMs = now.getTime() + CLOCK_TOLERANCE_MS;
  const earliestMs = Date.parse(EARLIEST);
  let previous = EARLIEST;
  for (const row of rows) {
    const atMs = Date.parse(row.run_at);
    if (atMs >= earliestMs && atMs <= latestMs) previous = new Date(atMs).toISOString();
    yield { row, at: previous };
  }
}

/** Sorted by time, rows of one time as in the file; linear where they are in order already. */
export function inOrder(rows: Iterable<DatedRow>): DatedRow[] {
  // Times of one format in UTC: their texts sort as they do.
  return [...rows].sort((a, b) => {
    if (a.at === b.at) return 0;
    return a.at < b.at ? -1 : 1;
  });
}
