/** Whether those who are to be told are. */
import { deliveryOutcomes } from '../../shared/delivery-outcome.js';
import type { MetricFamily } from '../metric.js';
import type { MetricSample } from '../sample.js';

export const notifications = [
  {
    name: 'typhon_notifications_total',
    type: 'counter',
    help: 'Notifications since the agent started, by channel and how they ended: sent, retried (an attempt failed and is made again) or given_up (refused, too old, or too many waited).',
    labels: ['channel', 'outcome'],
    samples: ({ channels, deliveries }): MetricSample[] =>
      channels().flatMap((channel) =>
        deliveryOutcomes.map((outcome) => ({
          labels: { channel, outcome },
          value: deliveries.count(channel, outcome),
        })),
      ),
  },
] as const satisfies MetricFamily;
