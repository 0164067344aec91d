import t from 'tap';
import { DeliveryTally } from '../../src/metrics/delivery-tally.js';

t.test('channels and outcomes are counted apart, from 0', async (t) => {
  const tally = new DeliveryTally();
  t.equal(tally.count('ops', 'sent'), 0);
  tally.onDelivery('ops', 'sent');
  tally.onDelivery('ops', 'sent');
  tally.onDelivery('ops', 'given_up');
  tally.onDelivery('home', 'sent');
  t.same(
    [
      tally.count('ops', 'sent'),
      tally.count('ops', 'given_up'),
      tally.count('home', 'sent'),
      tally.count('home', 'retried'),
    ],
    [2, 1, 1, 0],
  );
});
