/** What a table of figures tells of each, and how the entries are picked that a reader is after. */
import type { Unit } from './figure-text.js';

/**
 * How the timed requests that succeeded make one figure: their mean, their largest, the sample standard deviation, that
 * over the mean, the two-sided 95 % interval of the mean, or a percentile (`p90`).
 */
export type Statistic = 'mean' | 'max' | 'deviation' | 'variation' | 'ci95' | `p${number}`;

export interface ColumnHead {
  readonly title: string;
  /** Stands small under the title. */
  readonly note?: string;
  /** Left out where no test knows the figure. */
  readonly isOptional?: true;
  /** Beside the speed of all streams of a load test together, so that neither is taken for the other. */
  readonly besideStreams?: { readonly title: string; readonly note?: string };
}

interface Figure {
  readonly unit: Unit;
  /** Files of older versions lack it: it is unknown there, as it is where it could not be measured. */
  readonly addedLater?: true;
  /** A column of the chronicle. */
  readonly inRow?: true;
  /** A column of the table that a terminal shows. */
  readonly terminal?: ColumnHead;
  /** A column of the page's table. */
  readonly page?: ColumnHead;
}

/** One figure of a test. */
export interface TestFigure extends Figure {
  /** What it is taken of, a field of each request. Without it the test as a whole tells it. */
  readonly fromRequests?: { readonly take: Statistic; readonly of: string };
  /** Figures with one metric's name are its samples, told apart by their labels. */
  readonly metric?: {
    readonly name: `typhon_${string}`;
    readonly help: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  /** The 95 % interval of which a table shows the half-width behind it, after a ±. */
  readonly interval?: string;
}

/** One figure of the GPUs during a test. */
export interface GpuFigure extends Figure {
  /** A sample for each GPU, or one for all together, in Prometheus' base unit. */
  readonly metric?: { readonly of: 'each' | 'all'; readonly name: `typhon_${string}`; readonly help: string };
}

type Table = Readonly<Record<string, TestFigure | GpuFigure>>;

/** The names of the table's figures that have `Property`. */
export type NamesWith<Of extends Table, Property extends string> = {
  [Name in keyof Of & string]: Of[Name] extends Readonly<Record<Property, unknown>> ? Name : never;
}[keyof Of & string];

/** In the order of the table. */
export function namesWith<Of extends Table, Property extends keyof TestFigure & string>(
  table: Of,
  property: Property,
): readonly NamesWith<Of, Property>[] {
  const isNamed = (name: string): name is NamesWith<Of, Property> => property in (table[name] ?? {});
  return Object.keys(table).filter(isNamed);
}

/** A new object of each name's value. */
export function valuesOf<Name extends string, Value>(
  names: readonly Name[],
  read: (name: Name) => Value,
): Record<Name, Value> {
  return Object.fromEntries(names.map((name) => [name, read(name)])) as Record<Name, Value>;
}
