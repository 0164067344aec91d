import * as z from 'zod';

/** How many tokens a server says there were: anything but a whole number is no count. */
export const tokenCountSchema = z.number().int().min(0);
