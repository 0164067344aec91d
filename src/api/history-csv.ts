/** The history as a spreadsheet takes it: units in the names, unknown is empty. */
import { csvLine } from '../shared/text/csv.js';
import type { HistoryEntry } from './history-entry.js';

type Cell = string | number | null;

const columns = {
  job_id: ({ job }) => job.job_id,
  status: ({ job }) => job.status,
  created_at: ({ job }) => job.created_at,
  started_at: ({ job }) => job.started_at,
  finished_at: ({ job }) => job.finished_at,
  mode: ({ job }) => job.mode,
  trigger: ({ job }) => job.trigger,
  target: ({ job }) => job.target,
  model: ({ job }) => job.model,
  run_id: ({ job }) => job.run_id,
  decode_tps: ({ figures }) => figures?.decode_tps ?? null,
  ttft_s: ({ figures }) => figures?.ttft_s ?? null,
  prefill_tps: ({ figures }) => figures?.prefill_tps ?? null,
  joules_per_token: ({ figures }) => figures?.joules_per_token ?? null,
  peak_vram_mb: ({ figures }) => figures?.peak_vram_mb ?? null,
  tests: ({ figures }) => figures?.tests ?? null,
  failed_tests: ({ figures }) => figures?.failed_tests ?? null,
  findings: ({ figures }) => figures?.findings.join(' ') ?? null,
  error: ({ job }) => job.error,
} as const satisfies Readonly<Record<string, (entry: HistoryEntry) => Cell>>;

export function historyCsv(entries: readonly HistoryEntry[]): string {
  const cells = Object.values(columns);
  return [csvLine(Object.keys(columns)), ...entries.map((entry) => csvLine(cells.map((cell) => cell(entry))))].join('');
}
