/** One line of the table: what was measured beside what it is to be measured against. */
export interface Figure {
  readonly subject: string;
  readonly name: string;
  /** With its unit. */
  readonly measured: string;
  /** Measured / aim, or measured / yardstick where there is no aim. `undefined` where nothing could be measured. */
  readonly ratio: number | undefined;
  /** In words; `undefined` for a figure that only informs. */
  readonly aim: string | undefined;
}

export function meetsAim(figure: Figure): boolean {
  return figure.aim === undefined || (figure.ratio !== undefined && figure.ratio <= 1);
}

/** A figure with an upper limit. */
export function limited(
  subject: string,
  name: string,
  value: number | undefined,
  limit: { readonly value: number; readonly unit: string; readonly digits: number },
): Figure {
  const text = (number: number): string => `${number.toFixed(limit.digits)} ${limit.unit}`;
  return {
    subject,
    name,
    measured: value === undefined ? 'unknown' : text(value),
    ratio: value === undefined ? undefined : value / limit.value,
    aim: `≤ ${text(limit.value)}`,
  };
}

/** The same figure to compare with, without an aim of its own. */
export function noted(figure: Figure): Figure {
  return { ...figure, aim: undefined };
}

const columns = ['subject', 'figure', 'measured', 'ratio', 'aim', ''] as const;

/** A table for people, with the words `met` or `MISSED` where there is an aim. */
export function figureTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.subject,
    figure.name,
    figure.measured,
    figure.ratio === undefined ? '–' : figure.ratio.toFixed(3),
    figure.aim ?? '',
    figure.aim === undefined ? '' : verdict(figure),
  ]);
  const all = [[...columns], ...rows];
  const widths = columns.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function verdict(figure: Figure): string {
  return meetsAim(figure) ? 'met' : 'MISSED';
}
