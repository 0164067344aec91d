/**
 * The `timings` object that llama.cpp's server, and whatever passes its stream through, adds to the end of a stream.
 * Source: ggml-org/llama.cpp tools/server/README.md, "Timings and context usage".
 */

import * as z from 'zod';
import type { OwnTimings } from '../../benchmark/inference-server.js';
import { decodeSpeed, lastEvent, plainFields } from '../stream-events.js';
import { tokenCountSchema } from '../token-count.js';

// One that is none leaves the others known.
const countSchema = tokenCountSchema.optional().catch(undefined);

const timingsEventSchema = z.object({
  timings: z.looseObject({
    /** Prompt tokens computed; those from the cache are not among them. */
    prompt_n: countSchema,
    /** Prompt tokens taken from the cache; builds before late 2025 do not tell. */
    cache_n: countSchema,
    /** Until the first token was there, in milliseconds. */
    prompt_ms: z.number().positive().optional().catch(undefined),
    predicted_n: countSchema,
    /** From the end of the prefill to the last token, in milliseconds. */
    predicted_ms: z.number().optional(),
    /** With speculative decoding alone. */
    draft_n: countSchema,
    draft_n_accepted: countSchema,
  }),
});

/** From the `timings` of the last chunk that has them; `undefined` where none does. */
export function llamaTimings(events: readonly unknown[]): OwnTimings | undefined {
  const event = lastEvent(events, timingsEventSchema);
  if (event === undefined) return undefined;
  const { prompt_n: computed, cache_n: cached, prompt_ms: promptMs } = event.timings;
  const { predicted_n: predicted, predicted_ms: predictedMs } = event.timings;
  return {
    raw: plainFields(event.timings),
    promptTokens: computed === undefined || cached === undefined ? undefined : computed + cached,
    completionTokens: predicted,
    cachedTokens: cached,
    draftTokens: event.timings.draft_n,
    draftTokensAccepted: event.timings.draft_n_accepted,
    prefillS: promptMs === undefined ? undefined : promptMs / 1000,
    decodeTps: decodeSpeed(predicted, predictedMs === undefined ? undefined : predictedMs / 1000),
  };
}

/** Bypasses the prompt cache and runs to `max_tokens`: fields of llama.cpp's server beside the OpenAI ones. */
export function llamaExtras(): Readonly<Record<string, unknown>> {
  return { cache_prompt: false, ignore_eos: true };
}
