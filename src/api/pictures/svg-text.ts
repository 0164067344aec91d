/** Text in an SVG that anybody may embed. */
const MOST_CHARACTERS = 60;

/** Names come from servers: control characters have no place in XML, and an endless one none in a picture. */
export function shortened(words: string): string {
  const characters = [...words.replaceAll(/[\p{C}\u2028\u2029]+/gu, ' ')];
  return characters.length <= MOST_CHARACTERS
    ? characters.join('')
    : `${characters.slice(0, MOST_CHARACTERS - 1).join('')}…`;
}

export function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
