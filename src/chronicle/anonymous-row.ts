/** Rows that may be shown to strangers: known columns alone, without names of people, machines, paths or addresses. */
import { createHash } from 'node:crypto';
import { type ChronicleRow, chronicleRowSchema } from './row.js';

/** In the order of the chronicle. */
export const exportedColumns = Object.keys(chronicleRowSchema.shape) as readonly ExportedColumn[];
type ExportedColumn = keyof typeof chronicleRowSchema.shape;
export type AnonymousRow = Readonly<Record<ExportedColumn, string | number | null>>;

export const REMOVED = '[removed]';

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
      return modelName(value);
    default:
      return isRevealing(value) ? REMOVED : value;
  }
}

function digest(purpose: string, value: string): string {
  return createHash('sha256').update(`typhon export\n${purpose}\n${value}`).digest('hex').slice(0, 32);
}

/** The file's name where the server calls its model by a path; `org/name` stays as it is. */
function modelName(model: string): string {
  const separators = model.match(/[\\/]/g) ?? [];
  const isPath = /^(?:[\\/~.]|[A-Za-z]:[\\/])/.test(model) || model.includes('\\') || separators.length > 1;
  const name = isPath ? (model.split(/[\\/]/).findLast((part) => part !== '') ?? '') : model;
  return name === '' || isRevealing(name) ? REMOVED : name;
}

const octet = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)';
const revealing = [
  /:\/\//,
  // user@host
  /[^\s@]@[^\s@]/,
  new RegExp(`(?<![\\d.])(?:${octet}\\.){3}${octet}(?![\\d.])`),
  // IPv6: at least three groups
  /(?:[0-9a-f]{1,4}:){3,}|::[0-9a-f]/i,
  /\blocalhost\b|\.(?:local|lan|internal|home\.arpa)\b/i,
  // Paths: absolute ones, those of a home folder, of Windows.
  /(?:^|[\s"'(=:])(?:~?\/[^\s/]|[A-Za-z]:[\\/])|\\\\/,
  /\b(?:home|Users)[\\/]/,
];

function isRevealing(text: string): boolean {
  return revealing.some((pattern) => pattern.test(text));
}
