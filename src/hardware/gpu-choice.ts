/** Which GPUs a target computes on. */

import type { WindowCard } from './gpu-cards.js';

/** All, or some by the index that they had when they were seen first, or by their UUID, which stays with the card. */
export type GpuChoice = 'all' | readonly (number | string)[];

/**
 * The chosen cards. One that was chosen by its UUID and never seen is among them, without a reading; one by its index
 * is not, since indexes count what is there.
 */
export function cardsOf(choice: GpuChoice, cards: readonly WindowCard[]): readonly WindowCard[] {
  if (choice === 'all') return cards;
  const seen = cards.filter(({ firstIndex, uuid }) =>
    choice.some((chosen) => chosen === firstIndex || (uuid !== undefined && isUuid(chosen, uuid))),
  );
  const unseen = choice.filter(
    (chosen): chosen is string =>
      typeof chosen === 'string' && !cards.some(({ uuid }) => uuid !== undefined && isUuid(chosen, uuid)),
  );
  return [...seen, ...unseen.map(unseenCard)];
}

function isUuid(chosen: number | string, uuid: string): boolean {
  return typeof chosen === 'string' && chosen.toLowerCase() === uuid.toLowerCase();
}

function unseenCard(uuid: string): WindowCard {
  return { firstIndex: undefined, index: undefined, uuid, name: undefined, samples: [], isResting: false };
}
