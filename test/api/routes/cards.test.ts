import t from 'tap';
import { cardsSchema } from '../../../src/api/routes/cards.js';
import type { TargetCard } from '../../../src/trends/cards/target-cards.js';
import { apiBench } from '../../fixtures/api-bench.js';

const card: TargetCard = {
  target: 'workstation',
  model: 'hermes-3',
  series: null,
  state: 'slower',
  since: '2026-11-20T00:00:00.000Z',
  concern: null,
  cause: 'GPU driver 550 → 560',
  is_current: true,
  decode: { now: 69.3, change_ratio: -0.16, against: 'last_month', is_worse: true },
  ttft: null,
  prefill: null,
  days: Array.from({ length: 30 }, (_, day) => (day === 29 ? null : 82.5)),
  band: { median: 82.5, low: 81, high: 84 },
  last_run_at: '2026-11-21T00:00:00.000Z',
  next_run_at: null,
  gpu_ratio: null,
  partly_on_cpu: null,
  gpus: 'all',
};

t.test('the cards as they are known, in their order', async (t) => {
  const { url } = await apiBench(t, { services: { cards: async () => [card, { ...card, target: 'attic' }] } });
  const { cards } = cardsSchema.parse(await (await fetch(`${url}/cards`)).json());
  t.same(cards, [card, { ...card, target: 'attic' }]);
  t.equal((await fetch(`${url}/cards?target=attic`)).status, 422);
});
