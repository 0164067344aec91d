/** `12,346`. By hand: loading a locale's rules costs a short command more than all else that it prints. */
export function grouped(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(?:\d{3})+$)/g, ',');
}
