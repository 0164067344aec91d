import t from 'tap';
import type { ChronicleRow } from '../../../src/chronicle/row.js';
import { EnvironmentMarks, environmentMarkSchema } from '../../../src/trends/changes/environment-mark.js';
import { historyRow } from '../../fixtures/history.js';

function runs(...every: readonly Partial<ChronicleRow>[]): readonly ChronicleRow[] {
  return every.map((fields, index) => {
    const number = index + 1;
    return historyRow({ run_id: `run ${number}`, run_at: new Date(number * 1000).toISOString(), ...fields });
  });
}

function marksOf(rows: readonly ChronicleRow[]): readonly string[] {
  const marks = new EnvironmentMarks();
  for (const row of rows) marks.fold(row);
  return marks.between(0, Number.POSITIVE_INFINITY).map((mark) => {
    environmentMarkSchema.parse(mark);
    return `${mark.run_id}: ${mark.changes.join('; ')}`;
  });
}

t.test('driver, server, model file and workload are marked at the first run with them', async (t) => {
  const rows = runs(
    {},
    { gpu_driver: '560.35.03' },
    { gpu_driver: '560.35.03', server_version: 'b9400', workload_version: 2 },
    { gpu_driver: '560.35.03', server_version: 'b9400', workload_version: 2 },
  );
  t.same(marksOf(rows), [
    'run 2: GPU driver 550.54.14 → 560.35.03',
    'run 3: server version b9310 → b9400; workload 1 → 2',
  ]);
});

t.test('readings and what a run does not tell are no change', async (t) => {
  const rows = runs({}, { gpu_driver: null, avg_temp_c: 90 }, { gpu_driver: '560.35.03' });
  t.same(marksOf(rows), ['run 3: GPU driver 550.54.14 → 560.35.03']);
});

t.test('one of another kind of server tells the file in its own manner', async (t) => {
  const rows = runs(
    { model_file: 'qwen3-Q8_0.gguf' },
    { model_file: '46e0c10c039e', server_name: 'Ollama', server_version: 'b9310' },
    { model_file: '0c3a', server_name: 'Ollama', server_version: 'b9310' },
  );
  t.same(marksOf(rows), ['run 2: server llama.cpp (llama-server) → Ollama', 'run 3: model file 46e0c10c039e → 0c3a']);
});

t.test('each model on each target has its own, and those of a time are told alone', async (t) => {
  const marks = new EnvironmentMarks();
  const rows = runs(
    {},
    { target: 'other', gpu_driver: '560.35.03' },
    { model: 'other', gpu_driver: '560.35.03' },
    { gpu_driver: '570.1' },
    { gpu_driver: '580.1' },
  );
  for (const row of rows) marks.fold(row);
  t.same(
    marks.between(0, 4000).map(({ run_id }) => run_id),
    ['run 4'],
  );
});
