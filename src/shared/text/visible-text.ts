/**
 * Text from elsewhere (a model's name, a server's error) as it may stand on a terminal or in a log. What would move the
 * cursor, hide or reorder the text, or ring, is written as its escape, `\u001b`, which JSON reads as the same character.
 */
export function visibleText(text: string): string {
  return text.replace(hidden, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

// The control characters of ASCII, ISO 6429's second set, and Unicode's line separators and changes of direction.
// Tabs and line ends are what they seem.
const hidden = /\r(?!\n)|(?![\t\r\n])\p{Cc}|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;
