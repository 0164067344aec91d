import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { type Exchange, LoadJournal } from '../../src/agent/load-journal.js';

/** Above what any system gives out: nobody's. */
const GONE = 2 ** 30;

const exchange: Exchange = { target: 'box', api_base: 'http://here:8080', found: [{ id: 'c' }], loaded: ['a'] };
const other: Exchange = { ...exchange, target: 'other', api_base: 'http://there:8080' };

interface Bench {
  readonly folder: string;
  readonly journal: LoadJournal;
  /** What was logged as an error. */
  readonly errors: readonly { readonly msg: string; readonly file?: string }[];
  readonly put: (pid: number, text: string) => void;
}

function bench(t: Test): Bench {
  const folder = t.testdir({});
  const errors: { msg: string }[] = [];
  const logger = pino({ level: 'error' }, { write: (line) => void errors.push(JSON.parse(line) as { msg: string }) });
  const journal = new LoadJournal({ file: join(folder, 'model_loads.json'), pid: process.pid, logger });
  const put = (pid: number, text: string) => writeFileSync(join(folder, `model_loads.${pid}.json`), text);
  return { folder, journal, errors, put };
}

const own = `model_loads.${process.pid}.json`;

t.test('what a process that is gone left behind is taken over, and is ours from then on', async (t) => {
  const { folder, journal, put, errors } = bench(t);
  put(GONE, JSON.stringify([exchange]));
  put(GONE + 1, JSON.stringify([other]));
  t.same(await journal.takeOver(), [exchange, other]);
  t.same(readdirSync(folder), [own]);
  t.same(JSON.parse(readFileSync(join(folder, own), 'utf8')), [exchange, other]);
  await journal.write([]);
  t.same(readdirSync(folder), []);
  t.same(errors, []);
});

t.test('that of a process that runs is its own', async (t) => {
  const { folder, journal, put } = bench(t);
  put(process.ppid, JSON.stringify([exchange]));
  t.same(await journal.takeOver(), []);
  t.same(readdirSync(folder), [`model_loads.${process.ppid}.json`]);
});

t.test('a damaged file is told and kept, and holds up nothing', async (t) => {
  for (const text of ['', JSON.stringify([exchange]).slice(0, -9), '{"target":"box"}', '\0\0\0']) {
    const { folder, journal, put, errors } = bench(t);
    put(GONE, text);
    put(GONE + 1, JSON.stringify([other]));
    t.same(await journal.takeOver(), [other], JSON.stringify(text));
    const kept = `model_loads.${GONE}.json.damaged`;
    t.same(readdirSync(folder), [own, kept].toSorted());
    t.equal(readFileSync(join(folder, kept), 'utf8'), text);
    t.match(errors, [{ msg: /cannot tell which models/, file: join(folder, kept) }]);
    t.same(await journal.takeOver(), [other], 'and is told once');
    t.equal(errors.length, 1);
  }
});

t.test('of a file with one bad entry the others are put back', async (t) => {
  const { folder, journal, put, errors } = bench(t);
  put(GONE, JSON.stringify([{ ...exchange, found: 'c' }, other]));
  t.same(await journal.takeOver(), [other]);
  t.equal(errors.length, 1);
  t.ok(readdirSync(folder).includes(`model_loads.${GONE}.json.damaged`));
});

t.test('a damaged file under our own number is kept as well', async (t) => {
  const { folder, journal, put } = bench(t);
  put(process.pid, '[');
  t.same(await journal.takeOver(), []);
  t.same(readdirSync(folder), [`${own}.damaged`]);
});
