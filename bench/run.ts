/** Measures the product itself and prints one table. Exits 1 when an aim is missed, unless told `--no-fail`. */
import { parseArgs } from 'node:util';
import { accuracyFigures } from './accuracy.js';
import { clientCpuFigures } from './client-cpu.js';
import { type Figure, figureTable, meetsAim } from './figure.js';
import { overheadFigures } from './overhead.js';
import { startupFigures } from './startup.js';

const subjects: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  accuracy: accuracyFigures,
  client: clientCpuFigures,
  start: startupFigures,
  overhead: overheadFigures,
};

const { values } = parseArgs({
  options: {
    'no-fail': { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: Object.keys(subjects) },
  },
});

const figures: Figure[] = [];
for (const name of values.only) {
  const subject = subjects[name];
  if (subject === undefined) throw new Error(`expected one of ${Object.keys(subjects).join(', ')}, got ${name}`);
  process.stderr.write(`measuring ${name}…\n`);
  figures.push(...(await subject()));
}
process.stdout.write(`${figureTable(figures)}\n`);
if (!values['no-fail'] && !figures.every(meetsAim)) process.exitCode = 1;
