/**
 * Where two texts begin to differ, in UTF-16 units and never in the middle of a character; `undefined` where they are
 * equal. Of two of which one begins the other, the length of the shorter.
 */
export function firstDifference(a: string, b: string): number | undefined {
  if (a === b) return undefined;
  let at = 0;
  while (at < a.length && a.charCodeAt(at) === b.charCodeAt(at)) at += 1;
  return isSecondHalf(a, at) || isSecondHalf(b, at) ? at - 1 : at;
}

function isSecondHalf(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return at > 0 && code >= 0xdc00 && code <= 0xdfff;
}
