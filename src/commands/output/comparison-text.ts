/** Two runs side by side on a terminal. */
import { change, speed, UNKNOWN } from '../../shared/figure-text.js';
import type { ComparedRun, Comparison, FigureComparison, TestComparison } from '../../trends/comparison.js';
import { textColumns } from './text-columns.js';

const verdictWords: Readonly<Record<Comparison['verdict'], string>> = {
  worse: 'worse',
  better: 'better',
  no_difference: 'no difference',
  not_comparable: 'not comparable',
};

const titles = ['Test', 'Decode before', 'after', 'change (95 %)', 'TTFT before', 'after', 'change (95 %)', 'Verdict'];

export function comparisonText(comparison: Comparison): string {
  const { before, after, tests, changes, remarks, method } = comparison;
  const runs = textColumns([runCells('Before', before), runCells('After', after)]).join('\n');
  const table = textColumns([titles, ...tests.map(testCells)], '   ').join('\n');
  const notes = [...remarks, ...changes.map(({ words }) => `Changed: ${words}`)];
  const { drop, significance } = method;
  const rule = `Worse or better: at least ${drop * 100} % and p < ${significance} (${method.test}).`;
  return [
    runs,
    table,
    ...(notes.length === 0 ? [] : [notes.join('\n')]),
    `${rule}\nVerdict: ${verdictWords[comparison.verdict]}`,
  ].join('\n\n');
}

function runCells(label: string, { run_id, mode, target, model, server }: ComparedRun): string[] {
  return [label, run_id, mode, target, model, server];
}

function testCells({ name, decode_speed, ttft, verdict, reason }: TestComparison): string[] {
  const seconds = (value: number) => `${(value * 1000).toFixed(value < 0.1 ? 1 : 0)} ms`;
  return [
    name,
    ...figureCells(decode_speed, speed),
    ...figureCells(ttft, seconds),
    reason === null ? verdictWords[verdict] : `${verdictWords[verdict]}: ${reason}`,
  ];
}

function figureCells(figure: FigureComparison | null, format: (value: number) => string): string[] {
  if (figure === null) return [UNKNOWN, UNKNOWN, UNKNOWN];
  const [low, high] = figure.change_ci95;
  const mark = figure.verdict === 'no_difference' ? '' : ` ${verdictWords[figure.verdict]}`;
  return [
    figureText(figure.before, figure.before_ci95, format),
    figureText(figure.after, figure.after_ci95, format),
    `${change(figure.change_ratio)} (${change(low)} … ${change(high)})${mark}`,
  ];
}

function figureText(
  value: number,
  interval: readonly [number, number] | null,
  format: (value: number) => string,
): string {
  return interval === null ? format(value) : `${format(value)} ± ${format((interval[1] - interval[0]) / 2)}`;
}
