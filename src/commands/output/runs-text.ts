/** The newest runs on a terminal. */
import { latency, speed, UNKNOWN } from '../../shared/figure-text.js';
import { shortModelName } from '../../shared/model-name.js';
import type { RunList } from '../../trends/measured/run-list.js';
import { marked, OLD_NOTE, workloadNote } from '../../trends/measured/standing.js';
import { cutMiddle, foldedTable, SCREEN_COLUMNS, wrapped } from './folded-table.js';

// What the other columns leave.
const LONGEST_NAME = 19;

export function runsText({ runs, workload_version: present }: RunList, width = SCREEN_COLUMNS): string {
  const severalTargets = new Set(runs.map(({ target }) => target)).size > 1;
  const longestName = Math.max(LONGEST_NAME, LONGEST_NAME + width - SCREEN_COLUMNS);
  const table = foldedTable(
    {
      titles: ['Run (UTC)', 'Model', 'Mode', 'Decode', 'TTFT'],
      rows: runs.map((run) => {
        const { run_id, model, target, mode, decode_tps, ttft_s } = run;
        const figure = (text: string) => (text === UNKNOWN ? text : marked(text, run));
        const name = shortModelName(model);
        return [
          run_id,
          cutMiddle(severalTargets ? `${name}@${target}` : name, longestName),
          mode ?? UNKNOWN,
          figure(speed(decode_tps)),
          figure(latency(ttft_s)),
        ];
      }),
      keys: 1,
    },
    width,
  );
  const others = runs.filter(({ is_other_workload }) => is_other_workload).map((run) => run.workload_version);
  const notes = [
    ...(runs.some(({ is_old }) => is_old) ? [OLD_NOTE] : []),
    ...(others.length > 0 ? [workloadNote(others, present)] : []),
  ].map((note) => wrapped(note, width));
  return [...table, ...(notes.length === 0 ? [] : ['', ...notes])].join('\n');
}
