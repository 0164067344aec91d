import t from 'tap';
import { isUsable, largeMovement, signalNames, signals, signalValue } from '../../src/trends/signal.js';
import { historyRow } from '../fixtures/history.js';

t.test('every signal reads its column', async (t) => {
  const row = historyRow({
    avg_tps: 1,
    avg_prefill_tps: 2,
    avg_ttft_s: 3,
    joules_per_token: 4,
    peak_temp_c: 5,
    model_load_s: 6,
  });
  t.strictSame(
    signalNames.map((name) => signalValue(row, name)),
    [1, 2, 3, 4, 5, 6],
  );
});

t.test('what a row does not have, or what cannot be, is unknown', async (t) => {
  for (const avg_tps of [null, 0, -3, Number.NaN, Number.POSITIVE_INFINITY]) {
    t.equal(signalValue(historyRow({ avg_tps }), 'decode_speed'), undefined, `${avg_tps}`);
  }
  t.notOk(isUsable(Number.NaN));
  t.ok(isUsable(1e-9));
});

t.test('less speed is worse, more of all else is', async (t) => {
  t.equal(largeMovement(signals.decode_speed, 100, 85, 0.1), 'worse');
  t.equal(largeMovement(signals.decode_speed, 100, 115, 0.1), 'better');
  t.equal(largeMovement(signals.prefill_speed, 100, 85, 0.1), 'worse');
  t.equal(largeMovement(signals.ttft, 1, 1.2, 0.1), 'worse');
  t.equal(largeMovement(signals.ttft, 1, 0.8, 0.1), 'better');
  t.equal(largeMovement(signals.energy_per_token, 2, 2.5, 0.1), 'worse');
  t.equal(largeMovement(signals.peak_temperature, 70, 78, 0.1), 'worse');
  t.equal(largeMovement(signals.model_load, 12, 15, 0.1), 'worse');
  t.equal(largeMovement(signals.model_load, 2, 2.9, 0.1), undefined, 'under a second is never large');
});

t.test('a change is large from the threshold on', async (t) => {
  t.equal(largeMovement(signals.decode_speed, 100, 90, 0.1), 'worse');
  t.equal(largeMovement(signals.decode_speed, 100, 90.1, 0.1), undefined);
  t.equal(largeMovement(signals.decode_speed, 100, 110, 0.1), 'better');
  t.equal(largeMovement(signals.decode_speed, 100, 100, 0), undefined);
});

t.test('a change that is exactly the threshold is large, however its arithmetic rounds', async (t) => {
  for (const level of [0.3, 0.7, 70.1]) {
    const current = level * 0.9;
    t.ok(Math.abs(current - level) < 0.1 * level, `${level}: a little less than a tenth of it, in binary`);
    t.equal(largeMovement(signals.decode_speed, level, current, 0.1), 'worse', `${level}`);
    t.equal(
      largeMovement(signals.decode_speed, level, current + level * 1e-6, 0.1),
      undefined,
      'but no more than that',
    );
  }
});

t.test('a few degrees or milliseconds are never large', async (t) => {
  t.equal(largeMovement(signals.peak_temperature, 40, 44.9, 0.1), undefined);
  t.equal(largeMovement(signals.peak_temperature, 40, 45, 0.1), 'worse');
  t.equal(largeMovement(signals.ttft, 0.02, 0.0249, 0.1), undefined);
  t.equal(largeMovement(signals.ttft, 0.02, 0.026, 0.1), 'worse');
});
