/** A result as people read it on a terminal. */
import type { BenchmarkResult, TestResult } from '../../benchmark/result.js';
import { speed } from '../../benchmark/speed-text.js';
import { latencyText } from './latency-text.js';

const UNKNOWN = '–';

interface Column {
  readonly title: string;
  readonly cell: (test: TestResult) => string;
}

const columns: readonly Column[] = [
  { title: 'Test', cell: (test) => test.name },
  { title: 'Decode tok/s', cell: decode },
  { title: 'TTFT', cell: (test) => formatKnown(test.avg_ttft_s, latencyText) },
  { title: 'Prefill tok/s', cell: (test) => formatKnown(test.avg_prefill_tps, speed) },
  {
    title: 'VRAM',
    cell: (test) => formatKnown(test.gpu_stats?.peak_vram_used_mb, (mb) => `${(mb / 1024).toFixed(1)} GiB`),
  },
  { title: 'Peak °C', cell: (test) => formatKnown(test.gpu_stats?.peak_temp_c, (degrees) => degrees.toFixed(0)) },
  { title: 'W', cell: (test) => formatKnown(test.gpu_stats?.avg_power_w, (watts) => watts.toFixed(0)) },
];

/**
 * The table of a run: decode speed ± sample standard deviation, time to first token, prefill speed, peak VRAM, peak
 * temperature, mean power; a dash where unknown. Failed and skipped tests follow with their reasons.
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

function formatKnown(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? UNKNOWN : format(value);
}

function decode(test: TestResult): string {
  if (test.error !== null) return 'failed';
  const deviation = test.stddev_tps === null ? '' : ` ± ${speed(test.stddev_tps)}`;
  return formatKnown(test.avg_tps, (tps) => speed(tps) + deviation);
}

function failureNote(test: TestResult): string[] {
  if (test.error === null) return [];
  return [`✗ ${test.name}: ${test.error}${test.error_detail === null ? '' : ` (${test.error_detail})`}`];
}

function skippedNote({ test_id, reason }: BenchmarkResult['skipped'][number]): string {
  return `• ${test_id} skipped: ${reason}`;
}
