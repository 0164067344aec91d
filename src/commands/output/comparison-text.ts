/** Two runs side by side on a terminal. */
import { change, figureText, latency, speed, UNKNOWN } from '../../shared/figure-text.js';
import { shortModelName } from '../../shared/model-name.js';
import type { FigurePair } from '../../trends/comparison/compared-figures.js';
import type { ComparedRun, Comparison, FigureComparison, TestComparison } from '../../trends/comparison/comparison.js';
import { cutMiddle, foldedTable, SCREEN_COLUMNS, wrapped } from './folded-table.js';
import { textColumns } from './text-columns.js';

const verdictWords: Readonly<Record<Comparison['verdict'], string>> = {
  worse: 'worse',
  better: 'better',
  no_difference: 'no difference',
  not_comparable: 'not comparable',
};

/** No line is wider than `width`, except for a single word that is. */
export function comparisonText(comparison: Comparison, width = SCREEN_COLUMNS): string {
  const { before, after, changes, remarks } = comparison;
  const notes = [...remarks, ...changes.map(({ words }) => `Changed: ${words}`)];
  return [
    runsText(before, after, width),
    ...(comparison.reason === null ? judgedParts(comparison, width) : sideBySideParts(comparison, width)),
    ...(notes.length === 0 ? [] : [lines(notes, width)]),
    closing(comparison, width),
  ].join('\n\n');
}

function lines(sentences: readonly string[], width: number): string {
  return sentences.map((sentence) => wrapped(sentence, width)).join('\n');
}

function runsText(before: ComparedRun, after: ComparedRun, width: number): string {
  const longest = Math.floor((width - 'Workload'.length - 4) / 2);
  const row = (label: string, read: (run: ComparedRun) => string) => [
    label,
    ...[before, after].map((run) => cutMiddle(read(run), longest)),
  ];
  return textColumns([
    ['', 'Before', 'After'],
    row('Run', ({ run_id }) => run_id),
    row('Model', ({ model }) => shortModelName(model)),
    row('Target', ({ target }) => target),
    row('Server', ({ server }) => server),
    row('Mode', ({ mode }) => mode),
    row('Workload', ({ workload_version }) => String(workload_version)),
  ]).join('\n');
}

function judgedParts({ tests }: Comparison, width: number): string[] {
  const table = foldedTable(
    {
      titles: ['Test', 'Decode before', 'after', 'change (95 %)', 'TTFT before', 'after', 'change (95 %)', 'Verdict'],
      rows: tests.map((test) => [
        test.name,
        ...figureCells(test.decode_speed, speed),
        ...figureCells(test.ttft, latency),
        verdictOf(test),
      ]),
      keys: 1,
      groups: [3, 3],
    },
    width,
  );
  const reasons = tests.flatMap(({ name, reason }) => (reason === null ? [] : [`${name}: ${reason}.`]));
  return [table.join('\n'), ...(reasons.length === 0 ? [] : [lines(reasons, width)])];
}

/** With the figures that it is by, where it is by one alone. */
function verdictOf({ verdict, decode_speed, ttft }: TestComparison): string {
  const words = verdictWords[verdict];
  if (verdict === 'no_difference' || verdict === 'not_comparable') return words;
  const [isDecode, isTtft] = [decode_speed?.verdict === verdict, ttft?.verdict === verdict];
  if (isDecode === isTtft) return words;
  return `${words} (${isDecode ? 'decode' : 'TTFT'})`;
}

function figureCells(figure: FigureComparison | null, format: (value: number) => string): string[] {
  if (figure === null) return [UNKNOWN, UNKNOWN, UNKNOWN];
  const [low, high] = figure.change_ci95;
  return [
    withHalfWidth(figure.before, figure.before_ci95, format),
    withHalfWidth(figure.after, figure.after_ci95, format),
    `${change(figure.change_ratio)} (${change(low)} … ${change(high)})`,
  ];
}

function withHalfWidth(
  value: number,
  interval: readonly [number, number] | null,
  format: (value: number) => string,
): string {
  return interval === null ? format(value) : `${format(value)} ± ${format((interval[1] - interval[0]) / 2)}`;
}

const figureTitles: Readonly<Record<FigurePair['figure'], string>> = {
  decode_tps: 'Decode',
  aggregate_tps: 'All streams',
  prefill_tps: 'Prefill',
  ttft_s: 'TTFT',
  peak_vram_mb: 'VRAM',
  joules_per_token: 'J/token',
};
const figureOrder = Object.keys(figureTitles) as FigurePair['figure'][];

function sideBySideParts({ tests }: Comparison, width: number): string[] {
  const shown = tests.filter(({ figures }) => figures.length > 0);
  if (shown.length === 0) return ['No test was measured in both runs.'];
  const figures = figureOrder.filter((name) => shown.some((test) => pairOf(test, name) !== undefined));
  const table = foldedTable(
    {
      titles: ['Test', ...figures.flatMap((name) => [`${figureTitles[name]} before`, 'after', 'ratio'])],
      rows: shown.map((test) => [test.name, ...figures.flatMap((name) => pairCells(pairOf(test, name)))]),
      keys: 1,
      groups: figures.map(() => 3),
    },
    width,
  );
  return [table.join('\n')];
}

function pairOf({ figures }: TestComparison, name: FigurePair['figure']): FigurePair | undefined {
  return figures.find(({ figure }) => figure === name);
}

function pairCells(pair: FigurePair | undefined): string[] {
  if (pair === undefined) return [UNKNOWN, UNKNOWN, UNKNOWN];
  const { before, after, unit, ratio } = pair;
  return [figureText(before, unit), figureText(after, unit), `× ${ratio.toPrecision(3)}`];
}

function closing({ reason, verdict, method: { drop, significance, test } }: Comparison, width: number): string {
  if (reason !== null) return wrapped(`No verdict: ${reason}.`, width);
  const rule = `Worse or better: at least ${drop * 100} % and p < ${significance} (${test}).`;
  return `${wrapped(rule, width)}\nVerdict: ${verdictWords[verdict]}`;
}
