import type { TestResult } from '../../benchmark/result.js';
import * as figures from '../ui/figures.js';

interface Column {
  readonly title: string;
  readonly unit?: string;
  readonly cell: (test: TestResult) => string;
  /** Left out where no test knows it. */
  readonly isOptional?: true;
}

const columns: readonly Column[] = [
  { title: 'Decode', unit: 'tokens/s', cell: decode },
  { title: 'Best', unit: 'tokens/s', cell: (test) => figures.speed(test.best_tps) },
  { title: 'First token', cell: (test) => figures.latency(test.avg_ttft_s) },
  { title: 'Prefill', unit: 'tokens/s', cell: (test) => figures.speed(test.avg_prefill_tps) },
  { title: 'All streams', unit: 'tokens/s', cell: together, isOptional: true },
  { title: 'VRAM', unit: 'peak', cell: (test) => figures.memory(test.gpu_stats?.peak_vram_used_mb), isOptional: true },
  { title: 'GPU', unit: 'peak', cell: (test) => figures.celsius(test.gpu_stats?.peak_temp_c), isOptional: true },
  { title: 'Power', unit: 'mean', cell: (test) => figures.watts(test.gpu_stats?.avg_power_w), isOptional: true },
  { title: 'Energy', unit: 'per token', cell: energy, isOptional: true },
  { title: 'CPU', unit: 'peak', cell: (test) => figures.celsius(test.host_stats?.peak_temp_c), isOptional: true },
  { title: 'Runs', cell: (test) => `${test.successful_runs}/${timedRuns(test)}` },
];

/** Every test with its figures. */
export function ResultTable({ tests }: { readonly tests: readonly TestResult[] }) {
  const shown = columns.filter(
    ({ isOptional, cell }) => isOptional === undefined || tests.some((test) => cell(test) !== figures.UNKNOWN),
  );
  return (
    <section class="scroll" tabIndex={0} aria-label="Figures of every test">
      <table>
        <thead>
          <tr>
            <th scope="col">Test</th>
            {shown.map(({ title, unit }) => (
              <th key={title} scope="col" class="number">
                {title}
                {unit !== undefined && <span class="unit">{unit}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {tests.map((test) => (
            <tr key={test.test_id} class={test.error === null ? undefined : 'failed'}>
              <th scope="row">{test.name}</th>
              {shown.map(({ title, cell }) => (
                <td key={title} class="number">
                  {cell(test)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function decode({ error, avg_tps: mean, stddev_tps: deviation }: TestResult): string {
  if (error !== null) return 'failed';
  return deviation === null ? figures.speed(mean) : `${figures.speed(mean)} ± ${figures.speed(deviation)}`;
}

function together({ concurrency, aggregate_tps: speed }: TestResult): string {
  return concurrency === 1 ? figures.UNKNOWN : figures.speed(speed);
}

function energy({ gpu_stats: gpu }: TestResult): string {
  return figures.joules(gpu?.joules_per_token);
}

/** The warm-up is none of them; a load test times each stream of each wave. */
function timedRuns({ n_runs: runs, concurrency }: TestResult): number {
  return (runs >= 2 ? runs - 1 : runs) * concurrency;
}
