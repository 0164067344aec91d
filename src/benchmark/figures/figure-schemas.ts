/** The schemas of a result's figures, made from the tables of figures; `null` is unknown. */
import * as z from 'zod';
import type { GpuFigure, TestFigure } from '../../shared/figure-table.js';
import { gpuFigures } from '../../shared/gpu-figures.js';
import { testFigures } from '../../shared/test-figures.js';

const known = z.number().nullable();
const knownCount = z.number().int().nullable();
const interval = z.tuple([z.number(), z.number()]).nullable();

type SchemaOf<Figure> = Figure extends { readonly fromRequests: { readonly take: 'ci95' } }
  ? typeof interval
  : typeof known;
type FigureSchema<Figure> = Figure extends { readonly addedLater: true }
  ? z.ZodDefault<SchemaOf<Figure>>
  : SchemaOf<Figure>;
type FigureShape<Table> = { [Name in keyof Table]: FigureSchema<Table[Name]> };

function shapeOf<Table extends Readonly<Record<string, TestFigure | GpuFigure>>>(table: Table): FigureShape<Table> {
  const schemas = Object.entries(table).map(([name, figure]) => [name, schemaOf(figure)]);
  return Object.fromEntries(schemas) as FigureShape<Table>;
}

function schemaOf({ unit, fromRequests, addedLater }: TestFigure): z.ZodType {
  const single = unit === 'tokens' ? knownCount : known;
  const schema: z.ZodType = fromRequests?.take === 'ci95' ? interval : single;
  return addedLater === true ? z._default(schema, null) : schema;
}

/** The figures of a test; their units and what they are taken of stand in the table. */
export const testFigureShape = shapeOf(testFigures);

/** Those of one GPU, or of all together. */
export const gpuFigureShape = shapeOf(gpuFigures);
