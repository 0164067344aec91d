/** The columns of a result's table, on a terminal and on the page. */
import { type ColumnHead, type GpuFigure, namesWith, type TestFigure } from './figure-table.js';
import { figureText, type Known, UNKNOWN, type Unit } from './figure-text.js';
import { type GpuFigureName, gpuFigures } from './gpu-figures.js';
import { type TestFigureName, testFigures } from './test-figures.js';

/** The part of a test's result that tables show. */
export interface ShownTest extends Readonly<Record<TestFigureName, Known | readonly number[]>> {
  readonly error: string | null;
  readonly n_runs: number;
  readonly successful_runs: number;
  readonly concurrency: number;
  readonly gpu_stats: Readonly<Record<GpuFigureName, Known>> | null;
}

export interface ResultColumn extends ColumnHead {
  readonly name: string;
  readonly cell: (test: ShownTest) => string;
}

/** The columns that a screen of this kind has room for, in their order. */
export function resultColumns(screen: 'terminal' | 'page'): readonly ResultColumn[] {
  return [
    ...namesWith(testFigures, screen).map((name) => ({
      ...head(testFigures[name], screen),
      name,
      cell: (test: ShownTest) => testCell(test, name),
    })),
    ...namesWith(gpuFigures, screen).map((name) => ({
      ...head(gpuFigures[name], screen),
      name,
      cell: ({ gpu_stats }: ShownTest) => figureText(gpu_stats?.[name], gpuFigures[name].unit),
    })),
    {
      name: 'runs',
      title: 'Runs',
      cell: (test) => runsText({ successful: test.successful_runs, timed: timedRuns(test) }),
    },
  ];
}

interface ShownColumn<Test> extends ColumnHead {
  readonly name: string;
  readonly cell: (test: Test) => string;
}

/** Those of the columns that any of the tests has a figure for, named for what stands beside them. */
export function columnsFor<Test, Column extends ShownColumn<Test>>(
  columns: readonly Column[],
  tests: readonly Test[],
): readonly Column[] {
  const shown = columns.filter(
    ({ isOptional, cell }) => isOptional === undefined || tests.some((test) => cell(test) !== UNKNOWN),
  );
  const hasStreams = shown.some(({ name }) => name === ALL_STREAMS);
  return hasStreams ? shown.map((column) => ({ ...column, ...column.besideStreams })) : shown;
}

const ALL_STREAMS: TestFigureName = 'aggregate_tps';

/** `2`, or `1 of 2` where not every timed run counts. */
export function runsText({ successful, timed }: { readonly successful: number; readonly timed: number }): string {
  return successful === timed ? String(timed) : `${successful} of ${timed}`;
}

/** The warm-up is none of them; a load test times each stream of each wave. */
export function timedRuns({ n_runs: runs, concurrency }: Pick<ShownTest, 'n_runs' | 'concurrency'>): number {
  return (runs >= 2 ? runs - 1 : runs) * concurrency;
}

function head(figure: TestFigure | GpuFigure, screen: 'terminal' | 'page'): ColumnHead {
  return figure[screen] ?? { title: '' };
}

const [FIRST] = Object.keys(testFigures);

function testCell(test: ShownTest, name: TestFigureName): string {
  const { unit, interval }: TestFigure = testFigures[name];
  if (name === FIRST && test.error !== null) return 'failed';
  const value = numberOf(test[name]);
  const upper = interval === undefined ? undefined : upperEnd(test[interval as TestFigureName]);
  return value === undefined || upper === undefined ? figureText(value, unit) : withHalfWidth(value, upper, unit);
}

/** `82.5 ± 1.2` of a mean and the upper end of its 95 % interval. */
export function withHalfWidth(mean: number, upper: number, unit: Unit): string {
  return `${figureText(mean, unit)} ± ${figureText(upper - mean, unit)}`;
}

function numberOf(value: Known | readonly number[]): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** Its lower end may be cut off at 0: the upper one tells the half-width. */
function upperEnd(value: Known | readonly number[]): number | undefined {
  return typeof value === 'object' ? value?.[1] : undefined;
}
