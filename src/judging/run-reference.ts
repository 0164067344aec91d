/** Which run a person means: its id, the beginning of one, its job's id, `last`, which is `latest`, or `previous`. */
import { RunReferenceError } from './run-reference-error.js';

const MOST_SHOWN = 5;

/** `runIds` newest first. Throws `RunReferenceError`. */
export function runIdFor(reference: string, runIds: readonly string[]): string {
  if (runIds.length === 0)
    throw new RunReferenceError('no_run', 'No run has been recorded yet. Start one: typhon run --mode quick');
  const [last, previous] = runIds;
  if ((reference === 'last' || reference === 'latest') && last !== undefined) return last;
  if (reference === 'previous') {
    if (previous !== undefined) return previous;
    throw new RunReferenceError('no_run', `There is no run before ${last}.`);
  }
  const found = runIds.filter((id) => id.startsWith(reference) || id.endsWith(`_${reference}`));
  if (found[0] !== undefined && found.length === 1) return found[0];
  if (found.length === 0) {
    const known = runIds.slice(0, MOST_SHOWN).join(', ');
    throw new RunReferenceError('unknown', `No run is called ${JSON.stringify(reference)}. The newest are: ${known}`);
  }
  const shown = found.slice(0, MOST_SHOWN).join(', ');
  throw new RunReferenceError('unknown', `${JSON.stringify(reference)} may be any of ${found.length} runs: ${shown}`);
}
