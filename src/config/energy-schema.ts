/** `energy`: what a kilowatt-hour costs and weighs, the whole day or by the hour. */
import * as z from 'zod';
import { filled, text } from './field.js';
import { isTimezone, timezoneText } from './time-zone.js';

const priceText = 'a price of at least 0, such as 0.30';
const currencyText = 'a currency code of three letters, such as EUR';
const gramsText = 'grams of at least 0, such as 380';
const fromText = 'a time of the day from 00:00 to 23:59, such as "07:00"';
const toText = 'a time of the day from 00:01 to 24:00, such as "22:00"';
const DAY_MINUTES = 24 * 60;

const price = z.number({ error: priceText }).min(0, priceText);

const hoursSchema = z.strictObject({
  from: text(fromText, /^(?:[01]\d|2[0-3]):[0-5]\d$/).describe('The first minute at this price, HH:MM'),
  to: text(toText, /^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/).describe(
    'When it ends, HH:MM; earlier than from: on the next day',
  ),
  per_kwh: price.describe('What a kilowatt-hour costs then'),
});
type Hours = z.output<typeof hoursSchema>;

export const energySchema = z
  .strictObject({
    price_per_kwh: price.optional().describe('What a kilowatt-hour costs at any hour'),
    prices: z
      .array(hoursSchema)
      .min(1)
      .optional()
      .describe('Instead of price_per_kwh: what it costs by the time of the day; each minute in exactly one entry'),
    time_zone: filled(timezoneText)
      .refine(isTimezone, timezoneText)
      .optional()
      .describe('Of the times in prices, as its IANA name'),
    currency: text(currencyText, /^[A-Z]{3}$/)
      .optional()
      .describe('Of the prices, as its ISO 4217 code'),
    grams_co2_per_kwh: z
      .number({ error: gramsText })
      .min(0, gramsText)
      .optional()
      .describe('Grams of CO2 that a kilowatt-hour stands for'),
  })
  .superRefine((energy, context) => {
    const { price_per_kwh: always, prices, currency, grams_co2_per_kwh: grams, time_zone: zone } = energy;
    const problem = (path: readonly (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path: [...path], message });
    const hasPrice = always !== undefined || prices !== undefined;
    if (!hasPrice && grams === undefined) problem(['price_per_kwh'], `${priceText}, or prices or grams_co2_per_kwh`);
    if (always !== undefined && prices !== undefined) problem(['prices'], 'either prices or price_per_kwh, not both');
    if (hasPrice && currency === undefined) problem(['currency'], currencyText);
    if (prices === undefined) return;
    if (zone === undefined) problem(['time_zone'], timezoneText);
    const found = uncovered(prices);
    if (found !== undefined) problem(['prices', found.index, 'from'], found.expected);
  })
  .transform(({ price_per_kwh, prices, time_zone, currency, grams_co2_per_kwh }) => ({
    pricePerKwh: price_per_kwh,
    prices: prices?.map(({ from, to, per_kwh }) => ({
      fromMinute: minuteOf(from),
      toMinute: minuteOf(to),
      perKwh: per_kwh,
    })),
    timeZone: time_zone,
    currency,
    gramsCo2PerKwh: grams_co2_per_kwh,
  }));

function minuteOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}

/** The first entry that does not begin where the one before it ends: in the order of the day, round the clock. */
function uncovered(prices: readonly Hours[]): { readonly index: number; readonly expected: string } | undefined {
  const inOrder = prices
    .map(({ from, to }, index) => ({ index, from, start: minuteOf(from), to, end: minuteOf(to) % DAY_MINUTES }))
    .toSorted((a, b) => a.start - b.start);
  for (const [place, entry] of inOrder.entries()) {
    const before = inOrder.at(place - 1) ?? entry;
    if (before.end === entry.start && (inOrder.length === 1 || before.start !== entry.start)) continue;
    const isTwice = inOrder.length > 1 && reaches(before, entry.start);
    const what = isTwice ? 'the two overlap' : 'no entry covers the time between';
    const at = `${timeOf(before.end)}, where prices[${before.index}] ends (${what})`;
    return { index: entry.index, expected: inOrder.length === 1 ? `${at}: one entry has the whole day` : at };
  }
  return undefined;
}

function reaches({ start, end }: { readonly start: number; readonly end: number }, minute: number): boolean {
  const lasts = (end - start + DAY_MINUTES) % DAY_MINUTES || DAY_MINUTES;
  return (minute - start + DAY_MINUTES) % DAY_MINUTES < lasts;
}

function timeOf(minute: number): string {
  return [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, '0')).join(':');
}
