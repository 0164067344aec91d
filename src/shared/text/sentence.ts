/** The words with a full stop at their end, where they have none: what others say may be a sentence already. */
export function sentence(words: string): string {
  return words.endsWith('.') ? words : `${words}.`;
}
