/** In bytes. */
export const MIB = 2 ** 20;
export const GIB = 2 ** 30;

/** In milliseconds. */
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
