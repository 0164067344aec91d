import t from 'tap';
import * as figures from '../../src/shared/figure-text.js';

t.test('thousands are set apart', async (t) => {
  t.same([0, 999, 1000, 32_768, 1_234_567.6, -12_345].map(figures.count), [
    '0',
    '999',
    '1,000',
    '32,768',
    '1,234,568',
    '-12,345',
  ]);
});

t.test('a figure is written in its unit', async (t) => {
  t.same(
    (['tokens/s', 'tokens', 's', 'ratio', 'MiB', '°C', 'W', '%', 'J'] as const).map((unit) =>
      figures.figureText(1234.5, unit),
    ),
    ['1,235', '1,235', '1234.5 s', '1234.500', '1.2 GiB', '1235 °C', '1235 W', '1235 %', '1234.5 J'],
  );
  t.equal(figures.figureText(null, 'W'), '–');
});

t.test('figures have three digits and their unit', async (t) => {
  t.same([12_345.6, 310.2, 82.46, 9.994, 0.12].map(figures.speed), ['12,346', '310', '82.5', '9.99', '0.12']);
  t.same([0.0042, 0.0117, 0.118, 1.417, 12.34].map(figures.latency), [
    '4.2 ms',
    '11.7 ms',
    '118 ms',
    '1.42 s',
    '12.3 s',
  ]);
  t.same([512, 8240].map(figures.memory), ['512 MiB', '8.0 GiB']);
  t.same([figures.celsius(70.6), figures.watts(209.5), figures.percent(94.2)], ['71 °C', '210 W', '94 %']);
  t.same([1.333, 12.34].map(figures.joules), ['1.33 J', '12.3 J']);
  t.equal(figures.count(131_072), '131,072');
});

t.test('a change has its sign, and none where it is nothing', async (t) => {
  t.same([-0.12, 0.034, -0.0996, -0.0001].map(figures.change), ['−12 %', '+3.4 %', '−10 %', '±0.0 %']);
});

t.test('what is unknown is a dash and never nought', async (t) => {
  const all = [figures.speed, figures.latency, figures.memory, figures.celsius, figures.joules, figures.change];
  for (const format of all) {
    t.equal(format(null), '–');
    t.equal(format(undefined), '–');
  }
});
