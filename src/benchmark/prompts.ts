/** The texts of the fixed workload. Changing any of them changes what is measured: raise `WORKLOAD_VERSION`. */
import { createHash } from 'node:crypto';
import { WORKLOAD_VERSION } from './plan.js';

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

/** The version that results carry: the number alone for the built-in prompts, with a digest of any others appended. */
export function workloadVersion(prompts: Prompts): number | string {
  if (prompts.short === builtInPrompts.short && prompts.long === builtInPrompts.long) return WORKLOAD_VERSION;
  const digest = createHash('sha256')
    .update(JSON.stringify([prompts.short, prompts.long]))
    .digest('hex');
  return `${WORKLOAD_VERSION}-custom-${digest.slice(0, 8)}`;
}

const WORDS = `time year people way day man thing woman life child world school state family student group country
problem hand part place case week company system program question work government number night point home water room
mother area money story fact month lot right study book eye job word business issue side kind head house service friend
father power hour game line end member law car city name team minute idea body back parent face others level office door
health person art war history party result change morning reason research girl guy moment air teacher force education`.split(
  /\s+/,
);

const SENTENCE_WORDS = 12;

/**
 * The first `words` words of one endless, fixed text of common English words in sentences. Every length is a prefix
 * of every greater one, so two sizes differ in nothing but length.
 */
export function fillerText(words: number): string {
  const out: string[] = [];
  // A linear congruential generator (constants of Numerical Recipes) spreads the words without repeating a pattern.
  let state = 12_345;
  for (let index = 0; index < words; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const word = WORDS[(state >>> 16) % WORDS.length] ?? 'time';
    const opens = index % SENTENCE_WORDS === 0;
    const closes = index % SENTENCE_WORDS === SENTENCE_WORDS - 1;
    out.push((opens ? word.charAt(0).toUpperCase() + word.slice(1) : word) + (closes ? '.' : ''));
  }
  return out.join(' ');
}

/** A prompt whose very first characters are its own, so that no prefix cache can hold any of it. */
export function withNonce(nonce: string, text: string): string {
  return `${nonce} ${text}`;
}

/** The prompt of a test that fills its context, `words` words long beside nonce and instruction. */
export function fillingPrompt(nonce: string, words: number): string {
  return withNonce(nonce, `Read the following text, then continue it in the same manner.\n\n${fillerText(words)}`);
}
