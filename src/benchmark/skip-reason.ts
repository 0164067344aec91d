/** Reasons for which a test was not begun that somebody else than a reader goes by; the others are sentences. */
import type { TestResult } from './result.js';

/** The server went away during the run and did not come back. */
export const SERVER_DOWN = 'server_down';

/** The model is not in memory any more. */
export const MODEL_NOT_LOADED = 'model_not_loaded';

/** Whether a test's last request got no connection, or lost it: the server may be gone. */
export function lostConnection({ runs, warmup_run: warmup }: TestResult): boolean {
  const last = runs.at(-1) ?? warmup;
  return last != null && !last.success && (last.error === 'connection_refused' || last.error === 'connection_reset');
}
