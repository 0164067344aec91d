import type { AgentStatus } from '../../api/routes/status.js';

/** What is another one each time the agent is asked. */
const READINGS = ['now', 'runner', 'waiting_for', 'gpus', 'gpu_health', 'cpu'] as const;

/** What of a status is the same for long. */
export type LastingStatus = Omit<AgentStatus, (typeof READINGS)[number]>;

const readings: ReadonlySet<string> = new Set(READINGS);

/** Whether nothing of it has changed, by `Object.is`; see {@link withSameParts}. */
export function lasts(before: LastingStatus | undefined, newest: LastingStatus): boolean {
  if (before === undefined) return false;
  for (const name in newest) {
    const part = name as keyof LastingStatus;
    if (!readings.has(name) && !Object.is(before[part], newest[part])) return false;
  }
  return true;
}
