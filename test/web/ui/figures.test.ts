import t from 'tap';
import * as figures from '../../../src/web/ui/figures.js';

t.test('figures have three digits and their unit', async (t) => {
  t.same([1023.7, 82.46, 9.876, 0.5].map(figures.speed), ['1,024', '82.5', '9.88', '0.50']);
  t.same([0.0117, 0.118, 1.417, 12.34].map(figures.latency), ['11.7 ms', '118 ms', '1.42 s', '12.3 s']);
  t.same([512, 8240].map(figures.memory), ['512 MiB', '8.0 GiB']);
  t.same([figures.celsius(70.6), figures.watts(209.5), figures.percent(94.2)], ['71 °C', '210 W', '94 %']);
  t.same([1.333, 12.34].map(figures.joules), ['1.33 J', '12.3 J']);
  t.equal(figures.count(131_072), '131,072');
});

t.test('a change has its sign, and none where it is nothing', async (t) => {
  t.same([-0.12, 0.034, -0.0001].map(figures.change), ['−12.0 %', '+3.4 %', '±0.0 %']);
});

t.test('what is unknown is a dash and never nought', async (t) => {
  const all = [figures.speed, figures.latency, figures.memory, figures.celsius, figures.joules, figures.change];
  for (const format of all) {
    t.equal(format(null), '–');
    t.equal(format(undefined), '–');
  }
});
