/** A small version of the simulation in bench/, with seeds and limits that leave room for its smaller numbers. */
import t from 'tap';
import { falseStarts, found15, rules } from '../../bench/lasting-losses.js';
import { type NoiseKind, noiseKinds } from '../../bench/noise-kinds.js';

const hiding = [
  'correlated (AR(1) 0.7), 5 %',
  'weekly swing of ± 6 %',
  'every fourth run disturbed by 25 %',
] as const satisfies readonly NoiseKind[];

t.test('a loss of 15 % is found within 14 days behind whatever noise, and stands', async (t) => {
  for (const kind of hiding) {
    const { missed, forgotten } = found15(rules.typhon, kind, 30);
    t.ok(missed <= 10, `${kind}: ${missed} % missed`);
    t.ok(forgotten <= 10, `${kind}: ${forgotten} % forgotten`);
  }
});

t.test('the last runs alone miss it', async (t) => {
  for (const kind of hiding) t.ok(found15(rules['the last runs alone'], kind, 30).missed > 15, kind);
});

t.test('no noise is taken for a loss more than once in 1,000 runs', async (t) => {
  for (const kind of Object.keys(noiseKinds) as NoiseKind[]) {
    const per1000 = falseStarts(rules.typhon, kind, 3);
    t.ok(per1000 <= 1, `${kind}: ${per1000}`);
  }
});
