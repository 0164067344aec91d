/** The columns of a result's table, on a terminal and on the page. */
import { type ColumnHead, type GpuFigure, namesWith, type TestFigure } from './figure-table.js';
import { figureText, type Known, UNKNOWN } from './figure-text.js';
import { type GpuFigureName, gpuFigures } from './gpu-figures.js';
import { type TestFigureName, testFigures } from './test-figures.js';

/** The part of a test's result that tables show. */
export interface ShownTest extends Readonly<Record<TestFigureName, Known | readonly number[]>> {
  readonly error: string | null;
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
  ];
}

function head(figure: TestFigure | GpuFigure, screen: 'terminal' | 'page'): ColumnHead {
  return figure[screen] ?? { title: '' };
}

const [FIRST] = Object.keys(testFigures);

function testCell(test: ShownTest, name: TestFigureName): string {
  const { unit, spread, ofSeveralStreams }: TestFigure = testFigures[name];
  if (name === FIRST && test.error !== null) return 'failed';
  if (ofSeveralStreams === true && test.concurrency === 1) return UNKNOWN;
  const text = figureText(numberOf(test[name]), unit);
  const deviation = spread === undefined ? undefined : numberOf(test[spread as TestFigureName]);
  return deviation === undefined || text === UNKNOWN ? text : `${text} ± ${figureText(deviation, unit)}`;
}

function numberOf(value: Known | readonly number[]): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
