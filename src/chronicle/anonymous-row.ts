/** Rows that may be shown to strangers: known columns alone, without names of people, machines, paths or addresses. */
import { createHash } from 'node:crypto';
import { redactModel, redactText } from './redact.js';
import { type ChronicleRow, chronicleRowSchema } from './row.js';

/** In the order of the chronicle. */
export const exportedColumns = Object.keys(chronicleRowSchema.shape) as readonly ExportedColumn[];
type ExportedColumn = keyof typeof chronicleRowSchema.shape;
export type AnonymousRow = Readonly<Record<ExportedColumn, string | number | null>>;

/**
 * Columns that a newer version or another program added are left out. The machine and the target become hashes, the
 * same for the same machine and target, that cannot be turned back nor be joined with this machine's metrics.
 */
export function anonymousRow(row: ChronicleRow): AnonymousRow {
  const entries = exportedColumns.map((column) => {
    const value = row[column];
    return [column, typeof value === 'string' ? exported(column, value, row) : value];
  });
  return Object.fromEntries(entries) as AnonymousRow;
}

function exported(column: ExportedColumn, value: string, row: ChronicleRow): string {
  switch (column) {
    case 'run_at':
    case 'run_id':
      return value;
    case 'machine_id':
      return digest('machine', value);
    case 'target':
      // A salt that never leaves: a host name would be guessed from its bare hash.
      return `target-${digest(`target of ${row.machine_id}`, value).slice(0, 8)}`;
    case 'model':
    case 'model_file':
      return redactModel(value);
    default:
      return redactText(value);
  }
}

function digest(purpose: string, value: string): string {
  return createHash('sha256').update(`typhon export\n${purpose}\n${value}`).digest('hex').slice(0, 32);
}
