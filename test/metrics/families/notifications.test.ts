import t from 'tap';
import { metricsBench, noSettings } from '../../fixtures/metrics-bench.js';

t.test('the notifications of each configured channel are counted by how they ended, from 0', async (t) => {
  const { metrics, read, world } = metricsBench(t, { settings: { ...noSettings, notifications: [{ name: 'ops' }] } });
  const counted = async () =>
    (await read('typhon_notifications_total')).map(({ labels, value }) => [
      labels['channel'],
      labels['outcome'],
      value,
    ]);
  t.same(await counted(), [
    ['ops', 'sent', 0],
    ['ops', 'retried', 0],
    ['ops', 'given_up', 0],
  ]);
  metrics.onDelivery('ops', 'retried');
  metrics.onDelivery('ops', 'sent');
  metrics.onDelivery('gone', 'given_up');
  t.same(await counted(), [
    ['ops', 'sent', 1],
    ['ops', 'retried', 1],
    ['ops', 'given_up', 0],
  ]);
  world.settings = noSettings;
  t.same(await counted(), []);
});
