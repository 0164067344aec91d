/** A result as people read it on a terminal. */
import type { BenchmarkResult, TestResult } from '../../benchmark/result.js';
import { resultColumns } from '../../shared/result-columns.js';

const columns = [{ title: 'Test', cell: (test: TestResult) => test.name }, ...resultColumns('terminal')];

/**
 * The table of a run: each test's main figures, a dash where one is unknown. Failed and skipped tests follow with their
 * reasons.
 */
export function resultTable(result: BenchmarkResult): string {
  const rows = [
    columns.map(({ title }) => title),
    ...result.benchmarks.map((test) => columns.map(({ cell }) => cell(test))),
  ];
  const widths = columns.map((_, index) => Math.max(...rows.map((row) => (row[index] ?? '').length)));
  const lines = rows.map((row) =>
    row
      .map((cell, index) => aligned(cell, index, widths[index] ?? 0))
      .join('   ')
      .trimEnd(),
  );
  const [head = '', ...body] = lines;
  const notes = [...result.benchmarks.flatMap(failureNote), ...result.skipped.map(skippedNote)];
  return [head, '─'.repeat(head.length), ...body, ...(notes.length === 0 ? [] : ['', ...notes])].join('\n');
}

function aligned(cell: string, column: number, width: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

function failureNote(test: TestResult): string[] {
  if (test.error === null) return [];
  return [`✗ ${test.name}: ${test.error}${test.error_detail === null ? '' : ` (${test.error_detail})`}`];
}

function skippedNote({ test_id, reason }: BenchmarkResult['skipped'][number]): string {
  return `• ${test_id} skipped: ${reason}`;
}
