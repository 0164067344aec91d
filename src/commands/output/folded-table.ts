/** A table that is never wider than its reader's screen: columns that find no room go on below, beside the first ones. */
import { textColumns } from './text-columns.js';

/** What a terminal has at least, and what a file is read in. */
export const SCREEN_COLUMNS = 80;

const GAP = '  ';

export interface Table {
  readonly titles: readonly string[];
  /** Each with a cell for every title. */
  readonly rows: readonly (readonly string[])[];
  /** So many of the first columns say what a row is, and stand in every part. */
  readonly keys: number;
  /** How many of the other columns, in their order, stay together. Default: each may stand alone. */
  readonly groups?: readonly number[] | undefined;
}

/** Its lines, the parts set apart by an empty one. */
export function foldedTable({ titles, rows, keys, groups }: Table, width = SCREEN_COLUMNS): string[] {
  const lines = [titles, ...rows];
  // Each with the gap before it.
  const widths = titles.map(
    (_, column) => Math.max(...lines.map((row) => row[column]?.length ?? 0)) + (column === 0 ? 0 : GAP.length),
  );
  const widthOf = (columns: readonly number[]) => columns.reduce((total, column) => total + (widths[column] ?? 0), 0);
  const room = width - widthOf(titles.map((_, column) => column).slice(0, keys));
  const parts: number[][] = [[]];
  const whole = groupsOf(titles.length, keys, groups);
  // What is too wide together is better read apart than cut off by the screen.
  for (const group of whole.flatMap((all) => (widthOf(all) > room ? all.map((column) => [column]) : [all]))) {
    const part = parts.at(-1) ?? [];
    if (part.length > 0 && widthOf([...part, ...group]) > room) parts.push(group);
    else part.push(...group);
  }
  return parts.flatMap((part, index) => {
    const cells = lines.map((row) => [...row.slice(0, keys), ...part.map((column) => row[column] ?? '')]);
    return [...(index === 0 ? [] : ['']), ...textColumns(cells, GAP)];
  });
}

function groupsOf(columns: number, keys: number, sizes: readonly number[] = []): number[][] {
  const groups: number[][] = [];
  for (let column = keys; column < columns; column += groups.at(-1)?.length ?? 1) {
    const size = sizes[groups.length] ?? 1;
    groups.push(Array.from({ length: Math.min(size, columns - column) }, (_, offset) => column + offset));
  }
  return groups;
}

/** Cut in the middle where it is too long: the end of a model's name tells how it is stored. */
export function cutMiddle(text: string, most: number): string {
  if (text.length <= most) return text;
  const tail = Math.floor((most - 1) / 2);
  return `${text.slice(0, most - 1 - tail)}…${text.slice(text.length - tail)}`;
}

/** Broken between words, the second line and those below it indented. */
export function wrapped(text: string, width = SCREEN_COLUMNS, indent = '  '): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(line === undefined ? word : `${indent}${word}`);
  }
  return lines.join('\n');
}
