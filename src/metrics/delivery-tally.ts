/** Counts how the notifications of each channel ended. */
import type { DeliveryOutcome } from '../shared/delivery-outcome.js';

export class DeliveryTally {
  readonly #counts = new Map<string, number>();

  readonly onDelivery = (channel: string, outcome: DeliveryOutcome): void => {
    this.#counts.set(keyOf(channel, outcome), this.count(channel, outcome) + 1);
  };

  /** Since the agent started. */
  count(channel: string, outcome: DeliveryOutcome): number {
    return this.#counts.get(keyOf(channel, outcome)) ?? 0;
  }
}

function keyOf(channel: string, outcome: DeliveryOutcome): string {
  return `${outcome} ${channel}`;
}
