/** What could not be read at the start. */
import type { MetricFamily } from '../metric.js';
import { restoredFiles } from '../series/restore.js';

export const restoreErrors = [
  {
    name: 'typhon_restore_errors_total',
    type: 'counter',
    help: 'Files with earlier results that could not be read when the agent started: last_run.json, chronicle.jsonl, and the result of a run.',
    labels: ['file'],
    samples: (sources) => restoredFiles.map((file) => ({ labels: { file }, value: sources.restoreErrors()[file] })),
  },
] as const satisfies MetricFamily;
