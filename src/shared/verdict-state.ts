/** What a target, or the whole machine, can be judged to be: the words and the colour that page and badge show. */

/** The worst first. */
export const verdictStates = [
  'unreachable',
  'failing',
  'slower',
  'stale',
  'paused',
  'pending',
  'unknown',
  'well',
] as const;
export type VerdictState = (typeof verdictStates)[number];

export type VerdictTone = 'good' | 'bad' | 'warn' | 'rest';

export const verdictLooks: Readonly<Record<VerdictState, { readonly word: string; readonly tone: VerdictTone }>> = {
  unreachable: { word: 'Unreachable', tone: 'bad' },
  failing: { word: 'Failing', tone: 'bad' },
  slower: { word: 'Slower', tone: 'bad' },
  stale: { word: 'Not measured', tone: 'warn' },
  paused: { word: 'Paused', tone: 'warn' },
  pending: { word: 'Too early', tone: 'rest' },
  unknown: { word: 'Not known', tone: 'rest' },
  well: { word: 'Well', tone: 'good' },
};
