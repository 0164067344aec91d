import * as z from 'zod';

/** How many tokens a server says there were: anything but a whole number is no count. */
export const tokenCountSchema = z.number().int().min(0);

/** Of which nothing but the length counts: a prompt has too many tokens to look at each. */
export const tokenListSchema = z.custom<readonly unknown[]>(
  (value) => Array.isArray(value),
  'expected a list of tokens',
);
