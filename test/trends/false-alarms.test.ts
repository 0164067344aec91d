/** A small version of the simulation in bench/, with seeds and limits that leave room for its smaller numbers. */
import t from 'tap';
import { detection, falseAlarms, rules } from '../../bench/trend-simulation.js';

t.test('stationary noise of 5 % raises at most one alarm in 1,000 runs', async (t) => {
  for (const shape of ['normal', 'laplace', 'skewed', 'correlated'] as const) {
    const { runs, per1000 } = falseAlarms(rules.typhon, { shape, cv: 0.05, seed: 11, series: 10, runs: 1000 });
    t.ok(per1000 <= 1, `${shape}: ${per1000} in 1,000 of ${runs} runs`);
  }
});

t.test('a plain threshold and a 3-sigma rule raise many', async (t) => {
  const setting = { shape: 'normal', cv: 0.05, seed: 11, series: 10, runs: 1000 } as const;
  t.ok(falseAlarms(rules['plain threshold'], setting).per1000 > 10);
  t.ok(falseAlarms(rules['3-sigma'], setting).per1000 > 2);
});

t.test('a drop of 15 % in noise of 3 % is found within five runs, nine times in ten', async (t) => {
  for (const runs of [15, 100]) {
    const found = detection(rules.typhon, { shape: 'normal', cv: 0.03, drop: 0.15, seed: 12, series: 150, runs });
    t.ok(found.within5 >= 0.9, `after ${runs} runs: ${found.within5}`);
    t.ok(found.standing >= 0.98, `stands 40 runs later: ${found.standing}`);
    t.ok(found.recoveredWithin5 >= 0.9, `recovered within five runs: ${found.recoveredWithin5}`);
  }
});

t.test('the other rules forget a drop that lasts', async (t) => {
  const setting = { shape: 'normal', cv: 0.03, drop: 0.15, seed: 12, series: 100, runs: 100 } as const;
  t.ok(detection(rules['plain threshold'], setting).standing < 0.1);
  t.ok(detection(rules['3-sigma'], setting).standing < 0.1);
});
