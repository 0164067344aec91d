/** Which run a person means: its id, the beginning of one, its job's id, `last`, which is `latest`, or `previous`. */
import { CommandFailure } from '../command.js';

const MOST_SHOWN = 5;

/** `runIds` newest first. Throws `CommandFailure` 2 for what means no run or several, 1 where there are none at all. */
export function runIdFor(reference: string, runIds: readonly string[]): string {
  if (runIds.length === 0)
    throw new CommandFailure(1, 'No run has been recorded yet. Start one: typhon run --mode quick');
  const [last, previous] = runIds;
  if ((reference === 'last' || reference === 'latest') && last !== undefined) return last;
  if (reference === 'previous') {
    if (previous !== undefined) return previous;
    throw new CommandFailure(1, `There is no run before ${last}.`);
  }
  const found = runIds.filter((id) => id.startsWith(reference) || id.endsWith(`_${reference}`));
  if (found[0] !== undefined && found.length === 1) return found[0];
  if (found.length === 0) {
    const known = runIds.slice(0, MOST_SHOWN).join(', ');
    throw new CommandFailure(2, `No run is called ${JSON.stringify(reference)}. The newest are: ${known}`);
  }
  const shown = found.slice(0, MOST_SHOWN).join(', ');
  throw new CommandFailure(2, `${JSON.stringify(reference)} may be any of ${found.length} runs: ${shown}`);
}
