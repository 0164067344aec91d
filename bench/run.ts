/** Measures the product itself and prints a table for each subject as soon as it has it. Exits 1 when an aim is missed, unless told `--no-fail`. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { type Figure, figureTable, meetsAim } from './figure.js';
import type { SubjectMessage } from './subject.js';
import { type SubjectName, subjectNames } from './subject-names.js';

const subjectProgram = new URL('./subject.js', import.meta.url);

const USAGE = `Usage: node dist-bench/bench/run.js [OPTION]...

  --only SUBJECT   this subject alone; may be given more than once
  --minutes N      how long the page of open-page stays open (1)
  --series N       series of 1,000 runs for each kind of noise in losses (10)
  --no-fail        exit with 0 where an aim is missed
  --help           this text

Without --only everything but open-page is measured, in some eight minutes.
Subjects: ${subjectNames.join(', ')}
`;

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', short: 'h', default: false },
    'no-fail': { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    series: { type: 'string', default: '10' },
    minutes: { type: 'string', default: '1' },
  },
});

if (values.help) {
  process.stdout.write(USAGE);
  process.exit();
}

/** What takes longer than all others together is measured where it is asked for alone. */
const asked = values.only?.map(subjectNamed) ?? subjectNames.filter((name) => name !== 'open-page');

const loadBefore = loadavg();
const figures: Figure[] = [];
const broken: string[] = [];
for (const name of asked) {
  const beginMs = performance.now();
  const found = await measured(name);
  if ('figures' in found) {
    figures.push(...found.figures);
    process.stdout.write(`${name}, ${secondsSince(beginMs)} s\n${figureTable(found.figures)}\n\n`);
  } else {
    // What could not be measured, on a machine that is too busy for it, does not take the others with it.
    broken.push(name);
    process.stdout.write(`${name}, ${secondsSince(beginMs)} s: not measured: ${found.reason}\n\n`);
  }
}
const missed = figures.filter((figure) => !meetsAim(figure));
const misses = [...broken.map((name) => `${name} as a whole`), ...missed.map(({ name }) => name.trim())];
const verdict = misses.length === 0 ? 'all aims met' : `${misses.length} missed: ${misses.join('; ')}`;
process.stdout.write(`${verdict}, in ${secondsSince(0)} s\n`);
// The server, the client and whatever measures them need a core each to tell the truth.
const [before = 0] = loadBefore;
process.stdout.write(`load average before: ${before.toFixed(1)} on ${availableParallelism()} cores\n`);
if (process.env['NODE_EXTRA_CA_CERTS'] !== undefined) {
  process.stdout.write(
    'NODE_EXTRA_CA_CERTS is set: each start of Node.js reads those certificates, here and in what is beside it\n',
  );
}
if (!values['no-fail'] && misses.length > 0) process.exitCode = 1;

function subjectNamed(asked: string): SubjectName {
  const found = subjectNames.find((name) => name === asked);
  if (found === undefined) throw new Error(`expected one of ${subjectNames.join(', ')}, got ${asked}`);
  return found;
}

async function measured(name: SubjectName): Promise<SubjectMessage> {
  const { series, minutes } = values;
  const child = fork(subjectProgram, [name, '--series', series, '--minutes', minutes], { serialization: 'advanced' });
  let found: SubjectMessage | undefined;
  child.on('message', (message: SubjectMessage) => {
    found = message;
  });
  const [code, signal] = await once(child, 'exit');
  return found ?? { reason: `its process ended with ${signal ?? code}` };
}

function secondsSince(beginMs: number): string {
  return ((performance.now() - beginMs) / 1000).toFixed(0);
}
