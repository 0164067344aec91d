/** The newest runs on a terminal. */
import { latency, speed, UNKNOWN } from '../../shared/figure-text.js';
import { shortModelName } from '../../shared/model-name.js';
import type { RunList } from '../../trends/measured/run-list.js';
import { cutMiddle, foldedTable, SCREEN_COLUMNS } from './folded-table.js';

// What the other columns leave.
const LONGEST_NAME = 19;

export function runsText({ runs }: RunList, width = SCREEN_COLUMNS): string {
  const severalTargets = new Set(runs.map(({ target }) => target)).size > 1;
  const longestName = Math.max(LONGEST_NAME, LONGEST_NAME + width - SCREEN_COLUMNS);
  return foldedTable(
    {
      titles: ['Run (UTC)', 'Model', 'Mode', 'Decode', 'TTFT'],
      rows: runs.map(({ run_id, model, target, mode, decode_tps, ttft_s }) => {
        const name = shortModelName(model);
        return [
          run_id,
          cutMiddle(severalTargets ? `${name}@${target}` : name, longestName),
          mode ?? UNKNOWN,
          speed(decode_tps),
          latency(ttft_s),
        ];
      }),
      keys: 1,
    },
    width,
  ).join('\n');
}
