/** Comma-separated values as RFC 4180 has them. */
import { visibleText } from './visible-text.js';

type Cell = string | number | null;

/** With the line end, which is CRLF there; `null` is empty. */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  // Spreadsheets run text that begins like this as a formula (OWASP, CSV injection).
  const visible = visibleText(cell);
  const safe = /^[=+\-@\t\r]/.test(visible) ? `'${visible}` : visible;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
