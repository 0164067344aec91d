import t from 'tap';
import { energySchema } from '../../src/config/energy-schema.js';

const day = { from: '07:00', to: '22:00', per_kwh: 0.34 };
const night = { from: '22:00', to: '07:00', per_kwh: 0.2 };
const place = { time_zone: 'Europe/Berlin', currency: 'EUR' };

function problemsOf(energy: object): string[] {
  const { error } = energySchema.safeParse(energy);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

t.test('prices by the hour cover the day, in any order, also over midnight', async (t) => {
  t.same(energySchema.parse({ prices: [night, day], ...place, grams_co2_per_kwh: 380 }), {
    pricePerKwh: undefined,
    prices: [
      { fromMinute: 1320, toMinute: 420, perKwh: 0.2 },
      { fromMinute: 420, toMinute: 1320, perKwh: 0.34 },
    ],
    timeZone: 'Europe/Berlin',
    currency: 'EUR',
    gramsCo2PerKwh: 380,
  });
  const whole = [
    [{ from: '00:00', to: '24:00', per_kwh: 1 }],
    [
      { from: '00:00', to: '12:00', per_kwh: 1 },
      { from: '12:00', to: '24:00', per_kwh: 2 },
    ],
    [
      { from: '00:00', to: '12:00', per_kwh: 1 },
      { from: '12:00', to: '00:00', per_kwh: 2 },
    ],
    [{ from: '06:00', to: '06:00', per_kwh: 1 }],
  ];
  for (const prices of whole) t.same(problemsOf({ prices, ...place }), []);
});

t.test('a gap and an overlap are told with the entry and where it should begin', async (t) => {
  t.same(problemsOf({ prices: [day, { ...night, from: '23:00' }], ...place }), [
    'prices.1.from: 22:00, where prices[0] ends (no entry covers the time between)',
  ]);
  t.same(problemsOf({ prices: [day, { ...night, from: '21:00' }], ...place }), [
    'prices.1.from: 22:00, where prices[0] ends (the two overlap)',
  ]);
  t.same(problemsOf({ prices: [day, { ...night, to: '06:30' }], ...place }), [
    'prices.0.from: 06:30, where prices[1] ends (no entry covers the time between)',
  ]);
  t.match(problemsOf({ prices: [day], ...place }), [/^prices\.0\.from: 22:00, where prices\[0\] ends .*whole day/]);
  t.match(problemsOf({ prices: [day, day, night], ...place }), [/overlap/]);
  t.match(problemsOf({ prices: [day, night, { from: '09:00', to: '10:00', per_kwh: 1 }], ...place }), [/overlap/]);
  const twice = [
    { from: '00:00', to: '24:00', per_kwh: 1 },
    { from: '00:00', to: '24:00', per_kwh: 2 },
  ];
  t.match(problemsOf({ prices: twice, ...place }), [/overlap/]);
});

t.test('what is missing, twice there or out of bounds is told', async (t) => {
  t.match(problemsOf({ prices: [{ ...day, per_kwh: -1 }, night], ...place }), [
    'prices.0.per_kwh: a price of at least 0, such as 0.30',
  ]);
  t.match(problemsOf({ grams_co2_per_kwh: -1 }), [/^grams_co2_per_kwh: grams of at least 0/]);
  t.match(problemsOf({ prices: [{ ...day, to: '25:00' }, night], ...place }), [/^prices\.0\.to: a time of the day/]);
  t.match(problemsOf({ prices: [{ ...day, from: '24:00' }, night], ...place }), [
    /^prices\.0\.from: a time of the day/,
  ]);
  t.match(problemsOf({ prices: [day, night], currency: 'EUR' }), [/^time_zone: an IANA time zone/]);
  t.match(problemsOf({ prices: [day, night], time_zone: 'Mars/Base', currency: 'EUR' }), [
    /^time_zone: an IANA time zone/,
  ]);
  t.match(problemsOf({ prices: [day, night], price_per_kwh: 0.3, ...place }), [
    /^prices: either prices or price_per_kwh/,
  ]);
  t.match(problemsOf({ price_per_kwh: 0.3 }), [/^currency: a currency code/]);
  t.match(problemsOf({}), [/^price_per_kwh: .* or prices or grams_co2_per_kwh/]);
  t.same(problemsOf({ grams_co2_per_kwh: 0 }), []);
});
