/** Reading a server's own figures out of the parsed events of one stream. */
import type { z } from 'zod';

/** The last event of the shape: figures stand at a stream's end, but not always in its very last event. */
export function lastEvent<T>(events: readonly unknown[], shape: z.ZodType<T>): T | undefined {
  for (let index = events.length - 1; index >= 0; index -= 1) {
    const result = shape.safeParse(events[index]);
    if (result.success) return result.data;
  }
  return undefined;
}

/** The fields that are figures or words, as received. */
export function plainFields(fields: Readonly<Record<string, unknown>>): Record<string, number | string> {
  const plain: Record<string, number | string> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'number' || typeof value === 'string') plain[name] = value;
  }
  return plain;
}

/**
 * Decode speed in tokens/s from a server's token count and decode time in seconds: (n − 1) / time, because the first
 * token ends the prefill. `undefined` where there is no second token or no time.
 */
export function decodeSpeed(tokens: number | undefined, seconds: number | undefined): number | undefined {
  if (tokens === undefined || seconds === undefined || tokens < 2 || seconds <= 0) return undefined;
  return (tokens - 1) / seconds;
}
