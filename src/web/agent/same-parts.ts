/** `newest`, with those parts of `before` that say the same: who watches a part is told of its changes alone. Both are of JSON. */
export function withSameParts<T extends object>(before: T | undefined, newest: T): T {
  if (before === undefined) return newest;
  const whole = { ...newest };
  for (const name in whole) {
    if (JSON.stringify(before[name]) === JSON.stringify(whole[name])) whole[name] = before[name];
  }
  return whole;
}
