/** Why tests of a run were not begun. */

const words: Readonly<Record<string, string>> = {
  server_down: 'the server went away and did not come back',
  model_not_loaded: 'the model is not loaded any more',
};

/** A reason in words that keep its name; what is none of the known ones says itself what it is. */
export function skipWords(reason: string): string {
  const known = words[reason];
  return known === undefined ? reason : `${known} (${reason})`;
}

/** `3 tests were not run: the server went away.` `tests`: 1 or more. */
export function undoneWords(tests: number): string {
  return `${tests} ${tests === 1 ? 'test was' : 'tests were'} not run: the server went away.`;
}
