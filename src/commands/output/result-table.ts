/** A result as people read it on a terminal. */
import type { BenchmarkResult, TestResult } from '../../benchmark/result.js';
import { columnsFor, resultColumns } from '../../shared/result-columns.js';
import { testName } from '../../shared/test-name.js';
import { canarySentence } from '../../shared/text/canary-words.js';
import { skipWords } from '../../shared/text/skip-words.js';

/**
 * The table of a run: each test's main figures, a dash where one is unknown. Failed and skipped tests follow with their
 * reasons, then what was found.
 */
export function resultTable(result: BenchmarkResult): string {
  // The canary has no figure.
  const measured = result.benchmarks.filter(({ category }) => category !== 'canary');
  const columns = columnsOf(measured);
  const rows = [columns.map(({ title }) => title), ...measured.map((test) => columns.map(({ cell }) => cell(test)))];
  const widths = columns.map((_, index) => Math.max(...rows.map((row) => (row[index] ?? '').length)));
  const lines = rows.map((row) =>
    row
      .map((cell, index) => aligned(cell, index, widths[index] ?? 0))
      .join('   ')
      .trimEnd(),
  );
  const [head = '', ...body] = lines;
  const notes = [
    ...result.benchmarks.flatMap(failureNote),
    ...result.skipped.map(skippedNote),
    ...findingNotes(result.benchmarks),
    ...result.benchmarks.flatMap(canaryNote),
  ];
  return [head, '─'.repeat(head.length), ...body, ...(notes.length === 0 ? [] : ['', ...notes])].join('\n');
}

interface Column {
  readonly title: string;
  readonly cell: (test: TestResult) => string;
}

function columnsOf(tests: readonly TestResult[]): readonly Column[] {
  return [{ title: 'Test', cell: (test) => test.name }, ...columnsFor(resultColumns('terminal'), tests)];
}

function aligned(cell: string, column: number, width: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

function failureNote(test: TestResult): string[] {
  if (test.error === null) return [];
  return [`✗ ${test.name}: ${test.error}${test.error_detail === null ? '' : ` (${test.error_detail})`}`];
}

function skippedNote({ test_id, reason }: BenchmarkResult['skipped'][number]): string {
  return `• ${testName(test_id)} skipped: ${skipWords(reason)}`;
}

/** One that has changed is told by its finding. */
function canaryNote({ canary }: TestResult): string[] {
  return canary === null || canary.verdict === 'output_changed' ? [] : [`• ${canarySentence(canary)}`];
}

/** Those of several tests that say the same stand once. */
function findingNotes(tests: readonly TestResult[]): string[] {
  const names = new Map<string, string[]>();
  for (const { name, findings } of tests) {
    for (const { message } of findings) names.set(message, [...(names.get(message) ?? []), name]);
  }
  return [...names].map(([message, of]) => `• ${of.join(', ')}: ${message}`);
}
