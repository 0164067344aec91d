/** Which runs an address chooses: `run=…`, once for each. */

/** More lines than anybody tells apart on one plot; the agent compares no more. */
export const MOST_COMPARED = 6;

const runIdPattern = /^\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d\.\d{3}_[0-9a-f]{8}$/;

/** Anybody may have written them: what is no run's id, and what is too much, is left out. */
export function runIdsIn(choices: URLSearchParams): string[] {
  return [...new Set(choices.getAll('run'))].filter((id) => runIdPattern.test(id)).slice(0, MOST_COMPARED);
}
