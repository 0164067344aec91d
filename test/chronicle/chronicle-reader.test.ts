import { appendFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { appendRows } from '../../src/chronicle/chronicle.js';
import type { ReadingReport } from '../../src/chronicle/chronicle-line.js';
import { readChronicle } from '../../src/chronicle/chronicle-reader.js';
import { type ChronicleRow, chronicleRowSchema, rowsOf } from '../../src/chronicle/row.js';
import { benchmarkResult, testResult } from '../fixtures/benchmark-result.js';

function rows(count: number): ChronicleRow[] {
  const benchmarks = Array.from({ length: count }, (_, index) => testResult({ test_id: `test_${index}` }));
  return rowsOf(benchmarkResult({ benchmarks }));
}

async function readAll(path: string): Promise<{ readonly rows: ChronicleRow[]; readonly report: ReadingReport }> {
  const reading = readChronicle(path);
  const found: ChronicleRow[] = [];
  for await (const row of reading) found.push(row);
  return { rows: found, report: reading.report() };
}

const clean = { skipped: 0, skippedBy: {}, examples: [] };

t.test('rows come back as they were written, in their order', async (t) => {
  const path = join(t.testdir(), 'chronicle.jsonl');
  // Some 150 KiB: rows lie across the blocks that the file is read in.
  await appendRows(path, rows(120));
  t.same(await readAll(path), { rows: rows(120), report: { rows: 120, ...clean } });
});

t.test('a chronicle that is not there, or empty, has no rows', async (t) => {
  const folder = t.testdir({ 'empty.jsonl': '' });
  t.same(await readAll(join(folder, 'none.jsonl')), { rows: [], report: { rows: 0, ...clean } });
  t.same(await readAll(join(folder, 'empty.jsonl')), { rows: [], report: { rows: 0, ...clean } });
});

t.test('a file torn after any byte gives the rows before it and names what is torn', async (t) => {
  const path = join(t.testdir(), 'chronicle.jsonl');
  const texts = ['modèle —', '模型'].map((model, index) => {
    const [run_at, run_id] = ['2026-11-21T14:30:45.123Z', `2026-11-21_14-30-45.123_0000000${index}`];
    return JSON.stringify({ run_at, run_id, machine_id: 'm', workload_version: 1, target: 't', test_id: 'x', model });
  });
  const [first, second] = texts.map((text) => chronicleRowSchema.parse(JSON.parse(text)));
  const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(''));
  const [firstEnd, secondEnd] = [Buffer.byteLength(texts[0] ?? '') + 1, bytes.length];
  const wrong: string[] = [];
  for (let length = 0; length <= bytes.length; length += 1) {
    await writeFile(path, bytes.subarray(0, length));
    const { rows: found, report } = await readAll(path);
    // A row that lacks its newline alone is whole.
    const expected = [first, second].filter((_, index) => length >= ([firstEnd, secondEnd][index] ?? 0) - 1);
    const start = length >= firstEnd ? firstEnd : 0;
    const isTorn = length > start && length < (start === 0 ? firstEnd : secondEnd) - 1;
    const examples = isTorn ? [{ line: start === 0 ? 1 : 2, byteOffset: start, reason: 'torn' }] : [];
    const right =
      JSON.stringify(found) === JSON.stringify(expected) &&
      JSON.stringify(report.examples) === JSON.stringify(examples) &&
      report.skipped === examples.length;
    if (!right) wrong.push(`${length} bytes: ${JSON.stringify(report)}`);
  }
  t.same(wrong, []);
});

t.test('a torn line that was appended to after the crash costs itself alone', async (t) => {
  const [first, second] = rows(2);
  const wrong: number[] = [];
  const line = `${JSON.stringify(first)}\n`;
  for (let length = 1; length < line.length - 1; length += 97) {
    const path = join(t.testdir({ 'chronicle.jsonl': line.slice(0, length) }), 'chronicle.jsonl');
    await appendRows(
      path,
      [second].flatMap((row) => row ?? []),
    );
    const { rows: found, report } = await readAll(path);
    if (JSON.stringify(found) !== JSON.stringify([second]) || report.skippedBy.cut !== 1) wrong.push(length);
  }
  t.same(wrong, []);
});

t.test('binary junk, other JSON and rows of another kind are passed over, counted and named', async (t) => {
  const path = join(t.testdir(), 'chronicle.jsonl');
  const [row] = rows(1);
  const good = `${JSON.stringify(row)}\n`;
  const pieces: [content: string | Buffer, skippedAs?: string][] = [
    [good],
    [Buffer.from([0xff, 0xfe, 0x00, 0x80, 0x0a]), 'not_utf8'],
    ['\0\0\0\0\0\0\n', 'not_json'],
    ['{"run_at":"2026-\n', 'cut'],
    ['null\n', 'not_a_row'],
    ['[1,2]\n', 'not_a_row'],
    [`${JSON.stringify({ ...row, machine_id: undefined })}\n`, 'not_a_row'],
    [`${JSON.stringify({ ...row, avg_tps: 'fast' })}\n`, 'not_a_row'],
    ['\n'],
    ['  \r\n'],
    [good.replace('\n', '\r\n')],
    [`${JSON.stringify({ ...row, added_later: [1] })}\n`],
    ['\ufeff{"x":1}\n', 'not_a_row'],
    [`{"test_id":"${'x'.repeat(1.5 * 2 ** 20)}"}\n`, 'too_long'],
    [good],
  ];
  await writeFile(path, Buffer.concat(pieces.map(([content]) => Buffer.from(content))));
  const { rows: found, report } = await readAll(path);
  t.same(found, [row, row, { ...row, added_later: [1] }, row]);
  t.same(report.skippedBy, { not_utf8: 1, not_json: 1, cut: 1, not_a_row: 5, too_long: 1 });
  t.equal(report.skipped, 9);
  let byteOffset = 0;
  const expected = pieces.flatMap(([content, reason], index) => {
    const at = byteOffset;
    byteOffset += Buffer.byteLength(content);
    return reason === undefined ? [] : [{ line: index + 1, byteOffset: at, reason }];
  });
  t.match(report.examples, expected);
  t.match(report.examples[5], { detail: /^machine_id: / });
  t.match(report.examples[6], { detail: /^avg_tps: / });
});

t.test('only the first skipped lines are listed, but all are counted', async (t) => {
  const path = join(t.testdir({ 'chronicle.jsonl': 'junk\n'.repeat(1000) }), 'chronicle.jsonl');
  const { report } = await readAll(path);
  t.equal(report.skipped, 1000);
  t.same(report.skippedBy, { not_json: 1000 });
  t.equal(report.examples.length, 20);
});

t.test('a line without an end does not fill the memory', async (t) => {
  const path = join(t.testdir({ 'chronicle.jsonl': '' }), 'chronicle.jsonl');
  // A hole: it is read as zeros and takes no room on the disk.
  await truncate(path, 256 * 2 ** 20);
  await appendFile(path, `\n${JSON.stringify(rows(1)[0])}\n`);
  const before = process.memoryUsage().rss;
  const { rows: found, report } = await readAll(path);
  t.equal(found.length, 1);
  t.match(report, { skipped: 1, skippedBy: { too_long: 1 }, examples: [{ line: 1, byteOffset: 0 }] });
  t.ok(process.memoryUsage().rss - before < 128 * 2 ** 20, 'less than half of what the line has');
});

t.test('a reader that stops early has counted what it saw', async (t) => {
  const path = join(t.testdir(), 'chronicle.jsonl');
  await appendRows(path, rows(3));
  const reading = readChronicle(path);
  for await (const row of reading) {
    t.equal(row.test_id, 'test_0');
    break;
  }
  t.equal(reading.report().rows, 1);
});

t.test('a folder in its place is an error, not an empty chronicle', async (t) => {
  await t.rejects(readAll(t.testdir({ folder: {} })), { name: 'StorageError', code: 'not_a_directory' });
  await t.rejects(readAll(join(t.testdir({ file: '' }), 'file', 'x')), { code: 'not_a_directory' });
});
