import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { readChronicle } from '../../src/chronicle/chronicle-reader.js';
import { readTail } from '../../src/chronicle/chronicle-tail.js';
import { type ChronicleRow, rowsOf } from '../../src/chronicle/row.js';
import { benchmarkResult, testResult } from '../fixtures/benchmark-result.js';
import { NONE } from '../fixtures/none.js';
import { seededRandom } from '../fixtures/seeded-random.js';

function rows(count: number): ChronicleRow[] {
  const benchmarks = Array.from({ length: count }, (_, index) => testResult({ test_id: `test_${index}` }));
  return rowsOf(benchmarkResult({ benchmarks }));
}

function lines(of: readonly ChronicleRow[]): string {
  return of.map((row) => `${JSON.stringify(row)}\n`).join('');
}

t.test('the last rows come oldest first', async (t) => {
  const path = join(t.testdir({ 'chronicle.jsonl': lines(rows(200)) }), 'chronicle.jsonl');
  const tail = await readTail(path, { rows: 150 });
  t.same(tail.rows, rows(200).slice(-150));
  t.equal(tail.complete, false);
  t.match(tail.report, { rows: 150, skipped: 0 });
});

t.test('it says whether there is more', async (t) => {
  const path = join(t.testdir({ 'chronicle.jsonl': `\n${lines(rows(3))}` }), 'chronicle.jsonl');
  t.match(await readTail(path, { rows: 2 }), { rows: { length: 2 }, complete: false });
  t.match(await readTail(path, { rows: 3 }), { rows: { length: 3 }, complete: true });
  t.match(await readTail(path, { rows: 4 }), { rows: { length: 3 }, complete: true });
  t.match(await readTail(path, { rows: 4, bytes: 100 }), { rows: { length: 0 }, complete: false });
});

t.test('a limit in bytes leaves out the line in which it falls', async (t) => {
  const all = rows(5);
  const sizes = all.map((row) => Buffer.byteLength(lines([row])));
  const path = join(t.testdir({ 'chronicle.jsonl': lines(all) }), 'chronicle.jsonl');
  const lastTwo = (sizes[3] ?? 0) + (sizes[4] ?? 0);
  t.same((await readTail(path, { rows: 100, bytes: lastTwo })).rows, all.slice(-1), 'where it starts cannot be told');
  t.same((await readTail(path, { rows: 100, bytes: lastTwo + 1 })).rows, all.slice(-2));
  t.same((await readTail(path, { rows: 100, bytes: lastTwo + 2 })).rows, all.slice(-2));
});

t.test('no file and an empty file have no tail', async (t) => {
  const folder = t.testdir({ 'empty.jsonl': '' });
  for (const name of ['none.jsonl', 'empty.jsonl']) {
    t.match(await readTail(join(folder, name), { rows: 5 }), { rows: NONE, complete: true, report: { rows: 0 } });
  }
  await t.rejects(readTail(folder, { rows: 5 }), { code: 'not_a_directory' });
});

t.test('a torn last line is passed over and named by its place', async (t) => {
  const whole = lines(rows(2));
  const path = join(t.testdir({ 'chronicle.jsonl': `${whole}{"run_at":"2026` }), 'chronicle.jsonl');
  const tail = await readTail(path, { rows: 5 });
  t.same(tail.rows, rows(2));
  t.match(tail.report, {
    skipped: 1,
    skippedBy: { torn: 1 },
    examples: [{ line: undefined, byteOffset: Buffer.byteLength(whole), reason: 'torn' }],
  });
});

t.test('read from either end, a file of rows and junk of every size gives the same', async (t) => {
  const folder = t.testdir();
  const random = seededRandom(20261121);
  const row = JSON.stringify(rows(1)[0]);
  for (let round = 0; round < 30; round += 1) {
    const pieces = Array.from({ length: 40 }, () => {
      const kind = random();
      if (kind < 0.5) return row;
      if (kind < 0.6) return '';
      if (kind < 0.8) return Buffer.alloc(Math.floor(random() * 100_000), 0xff);
      return row.slice(0, Math.floor(random() * row.length));
    });
    const ending = random() < 0.5 ? '\n' : '';
    const path = join(folder, `${round}.jsonl`);
    const content = pieces.flatMap((piece, index) => [index === 0 ? '' : '\n', piece]);
    await writeFile(path, Buffer.concat([...content, ending].map((piece) => Buffer.from(piece))));
    const forward = readChronicle(path);
    const found: ChronicleRow[] = [];
    for await (const each of forward) found.push(each);
    const tail = await readTail(path, { rows: Number.POSITIVE_INFINITY });
    t.equal(tail.rows.length, found.length, `round ${round}`);
    t.same(tail.report.skippedBy, forward.report().skippedBy, `round ${round}`);
    t.equal(tail.complete, true);
  }
});

t.test('a line longer than any row is passed over from behind too', async (t) => {
  const path = join(t.testdir(), 'chronicle.jsonl');
  const [first, second] = rows(2).map((row) => `${JSON.stringify(row)}\n`);
  await writeFile(path, `${first}${'x'.repeat(3 * 2 ** 20)}\n${second}`);
  const tail = await readTail(path, { rows: 5 });
  t.same(tail.rows, rows(2));
  t.match(tail.report, {
    skippedBy: { too_long: 1 },
    examples: [{ byteOffset: Buffer.byteLength(first ?? ''), reason: 'too_long' }],
  });
});

t.test('what it reads does not grow with the file', async (t) => {
  const path = join(t.testdir(), 'chronicle.jsonl');
  // A hole of 64 GiB before the rows: whoever read it would not come to an end in the time of a test.
  const file = await open(path, 'w');
  const content = `\n${lines(rows(50))}`;
  await file.write(content, 64 * 2 ** 30);
  await file.close();
  t.same((await readTail(path, { rows: 50 })).rows, rows(50));
  const limited = await readTail(path, { rows: 51, bytes: 4 * 2 ** 20 });
  t.match(limited, { rows: { length: 50 }, complete: false });
});
