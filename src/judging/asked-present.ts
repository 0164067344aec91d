import { promptsWith } from '../benchmark/prompts.js';
import { workloadVersion } from '../benchmark/workload-version.js';
import type { Present } from '../trends/measured/standing.js';

/** What recorded figures are held against: the time, and the prompts that the user has written. */
export interface AskedPresent {
  readonly now: Date;
  readonly prompts: Parameters<typeof promptsWith>[0];
}

export function presentOf({ now, prompts }: AskedPresent): Present {
  return { now, workloadVersion: workloadVersion(promptsWith(prompts)) };
}
