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

export interface VerdictLook {
  readonly word: string;
  readonly tone: VerdictTone;
}

const looks: Readonly<Record<VerdictState, VerdictLook>> = {
  unreachable: { word: 'Unreachable', tone: 'bad' },
  failing: { word: 'Failing', tone: 'bad' },
  slower: { word: 'Slower', tone: 'bad' },
  stale: { word: 'Not measured', tone: 'warn' },
  paused: { word: 'Paused', tone: 'warn' },
  pending: { word: 'Too early', tone: 'rest' },
  unknown: { word: 'Not known', tone: 'rest' },
  well: { word: 'Well', tone: 'good' },
};

/** Green alone where nothing at all became worse. */
export function verdictLook({
  state,
  concern,
}: {
  readonly state: VerdictState;
  readonly concern: string | null;
}): VerdictLook {
  return state === 'well' && concern !== null ? { word: 'Not quite well', tone: 'warn' } : looks[state];
}
