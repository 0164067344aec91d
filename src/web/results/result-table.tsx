import type { TestResult } from '../../benchmark/result.js';
import * as figures from '../../shared/figure-text.js';
import { columnsFor, type ResultColumn, resultColumns } from '../../shared/result-columns.js';

interface Column extends Omit<ResultColumn, 'cell'> {
  readonly cell: (test: TestResult) => string;
}

const columns: readonly Column[] = [
  ...resultColumns('page'),
  {
    name: 'cpu',
    title: 'CPU',
    note: 'peak',
    cell: (test) => figures.celsius(test.host_stats?.peak_temp_c),
    isOptional: true,
  },
];

/** Every test with its figures. */
export function ResultTable({ tests }: { readonly tests: readonly TestResult[] }) {
  const shown = columnsFor(columns, tests);
  return (
    <section class="scroll" tabIndex={0} aria-label="Figures of every test">
      <table>
        <thead>
          <tr>
            <th scope="col">Test</th>
            {shown.map(({ name, title, note }) => (
              <th key={name} scope="col" class="number">
                {title}
                {note !== undefined && <span class="unit">{note}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {tests.map((test) => (
            <tr key={test.test_id} class={test.error === null ? undefined : 'failed'}>
              <th scope="row">{test.name}</th>
              {shown.map(({ name, cell }) => (
                <td key={name} class="number">
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
