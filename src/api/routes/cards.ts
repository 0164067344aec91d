import * as z from 'zod';
import { targetCardSchema } from '../../trends/cards/target-cards.js';
import { route } from '../route.js';

export const cardsSchema = z.object({ now: z.iso.datetime(), cards: z.array(targetCardSchema) }).meta({ id: 'Cards' });
export type Cards = z.infer<typeof cardsSchema>;

export const cards = route({
  method: 'get',
  path: '/cards',
  summary:
    'Each model of each target in a few figures: how fast now, against last month, its last 30 days; the worst first',
  tag: 'trends',
  changes: false,
  params: () => z.strictObject({}),
  query: () => z.strictObject({}),
  answers: () => ({ 200: { description: 'None where no target is known', schema: cardsSchema } }),
  async handle(_input, services, context) {
    const body: Cards = { now: services.now().toISOString(), cards: [...(await services.cards())] };
    context.body = body;
  },
});
