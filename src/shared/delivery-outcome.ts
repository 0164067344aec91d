/** How an attempt to tell a channel something ended: `retried` is made again later, `given_up` never. */
export const deliveryOutcomes = ['sent', 'retried', 'given_up'] as const;
export type DeliveryOutcome = (typeof deliveryOutcomes)[number];
