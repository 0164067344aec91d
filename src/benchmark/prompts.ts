/** The texts of the fixed workload. Changing any of them changes what is measured: raise `WORKLOAD_VERSION`. */

export interface Prompts {
  readonly short: string;
  readonly long: string;
}

export const builtInPrompts: Prompts = {
  short: 'Explain in a few plain sentences how a refrigerator moves heat from its inside to the room.',
  long: 'Write a long and detailed story about a lighthouse keeper who repairs clocks. Describe the place, the people and every repair. Do not stop early.',
};

/** The built-in prompts, with those replaced that the user has written. */
export function promptsWith(own: { readonly [Name in keyof Prompts]?: Prompts[Name] | undefined }): Prompts {
  return { short: own.short ?? builtInPrompts.short, long: own.long ?? builtInPrompts.long };
}

const WORDS = `time year people way day man thing woman life child world school state family student group country
problem hand part place case week company system program question work government number night point home water room
mother area money story fact month lot right study book eye job word business issue side kind head house service friend
father power hour game line end member law car city name team minute idea body back parent face others level office door
health person art war history party result change morning reason research girl guy moment air teacher force education`.split(
  /\s+/,
);

const SENTENCE_WORDS = 12;

/** As much of the filler text as was asked for so far, and where each of its words ends in it. */
const written = { text: '', ends: [0], state: 12_345 };

/**
 * The first `words` words of one endless, fixed text of common English words in sentences. Every length is a prefix
 * of every greater one, so two sizes differ in nothing but length.
 */
export function fillerText(words: number): string {
  if (written.ends.length <= words) writeOn(words);
  return written.text.slice(0, written.ends[words]);
}

function writeOn(words: number): void {
  const { ends } = written;
  const added: string[] = [];
  let { state } = written;
  let length = written.text.length;
  for (let index = ends.length - 1; index < words; index += 1) {
    // A linear congruential generator (constants of Numerical Recipes) spreads the words without repeating a pattern.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const word = WORDS[(state >>> 16) % WORDS.length] ?? 'time';
    const opens = index % SENTENCE_WORDS === 0;
    const closes = index % SENTENCE_WORDS === SENTENCE_WORDS - 1;
    const space = index === 0 ? '' : ' ';
    const piece = space + (opens ? word.charAt(0).toUpperCase() + word.slice(1) : word) + (closes ? '.' : '');
    added.push(piece);
    length += piece.length;
    ends.push(length);
  }
  written.text += added.join('');
  written.state = state;
}

/** A prompt whose very first characters are its own, so that no prefix cache can hold any of it. */
export function withNonce(nonce: string, text: string): string {
  return `${nonce} ${text}`;
}

/** The prompt of a test that fills its context, `words` words long beside nonce and instruction. */
export function fillingPrompt(nonce: string, words: number): string {
  return withNonce(nonce, `Read the following text, then continue it in the same manner.\n\n${fillerText(words)}`);
}
