/** What changed around a model between two of its runs, for the time axis: driver, server, model file, workload. */
import * as z from 'zod';
import type { ChronicleRow } from '../../chronicle/row.js';
import type { Setting } from './changed-setting.js';
import { type EnvironmentSnapshot, environmentOfRow } from './environment-snapshot.js';
import { whatChanged } from './what-changed.js';

export const environmentMarkSchema = z.object({
  /** Of the first run with it. */
  at: z.iso.datetime(),
  run_id: z.string(),
  machine_id: z.string(),
  target: z.string(),
  model: z.string(),
  /** Phrases: `GPU driver 550.54 → 560.35`. */
  changes: z.array(z.string()),
});
export type EnvironmentMark = z.infer<typeof environmentMarkSchema>;

/** Names and versions; readings differ from run to run. */
const marked = [
  'gpu',
  'gpu_driver',
  'server',
  'server_version',
  'model_file',
  'quantisation',
] as const satisfies readonly Setting[];

interface Last {
  runId: string;
  readonly environment: Partial<Record<Setting, string | number>>;
  workload: ChronicleRow['workload_version'];
}

/** Takes the rows of all tests in the chronicle's order. */
export class EnvironmentMarks {
  readonly #last = new Map<string, Last>();
  readonly #marks: EnvironmentMark[] = [];

  fold(row: ChronicleRow): void {
    const { machine_id, target, model, run_id, run_at: at, workload_version: workload } = row;
    const key = JSON.stringify([machine_id, target, model]);
    const last = this.#last.get(key);
    if (last?.runId === run_id) return;
    const environment = markedOf(environmentOfRow(row));
    if (last === undefined) {
      this.#last.set(key, { runId: run_id, environment, workload });
      return;
    }
    const differences = whatChanged(last.environment, environment);
    const isOtherServer = differences.some(({ factor }) => factor === 'server');
    const changes = differences
      // Each kind of server names the file in its own manner.
      .filter(({ factor }) => !(isOtherServer && factor === 'model_file'))
      .map(({ words }) => words);
    if (workload !== last.workload) changes.push(`workload ${last.workload} → ${workload}`);
    if (changes.length > 0) this.#marks.push({ at, run_id, machine_id, target, model, changes });
    // What a run does not tell is as it was told last.
    Object.assign(last.environment, environment);
    last.runId = run_id;
    last.workload = workload;
  }

  /** In milliseconds since 1970, both included; oldest first. */
  between(fromMs: number, toMs: number): EnvironmentMark[] {
    const within = this.#marks.filter(({ at }) => Date.parse(at) >= fromMs && Date.parse(at) <= toMs);
    return within.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  }
}

function markedOf(snapshot: EnvironmentSnapshot): Last['environment'] {
  return Object.fromEntries(
    marked.flatMap((name) => (snapshot[name] === undefined ? [] : [[name, snapshot[name]] as const])),
  );
}
