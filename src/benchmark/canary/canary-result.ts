/** What the model answered to the fixed question, and whether it is what it answered before. */
import * as z from 'zod';

export const canaryVerdicts = [
  /** There is no earlier answer to hold it against: this one is the reference from now on. */
  'pending',
  'match',
  /** Another answer, and nothing that is known explains it. */
  'output_changed',
  /** Another answer, since something was changed: it is the reference from now on. */
  'explained',
  /** The same question had two answers in one run: nothing is judged. */
  'not_deterministic',
  /** Another answer, but the server worked for somebody else meanwhile, which may change it: nothing is judged. */
  'server_in_use',
] as const;

export const canarySchema = z.object({
  /** Whether all answers of the run were the same. */
  deterministic: z.boolean(),
  /** Of the first answer's text in UTF-8, hexadecimal. */
  sha256: z.string(),
  /** The first answer, reasoning included. */
  text: z.string(),
  /** The first token, counted from 0, in which a later answer of the run differs; `null` where none does or it is unknown. */
  diverges_at_token: z.number().int().nullable(),
  /** The first answer of the run that differs from `text`. */
  other_text: z.string().nullable(),
  /**
   * Of the first answer's tokens the natural logarithms of their probabilities; `null` where the server tells none. Absent
   * in results of older versions, as is what follows from them.
   */
  logprobs: z.array(z.number()).nullable().default(null),
  /** How far one of them may move until it counts as another answer: far beyond how the run's own answers differ. */
  logprob_limit: z.number().nullable().default(null),
  /** Of an answer with the reference's words the first token, counted from 0, whose log probability moved further. */
  logprob_shift: z.object({ token: z.number().int(), before: z.number(), after: z.number() }).nullable().default(null),
  /** Whether the server was seen to work for somebody else between the requests. */
  server_in_use: z.boolean(),
  verdict: z.enum(canaryVerdicts),
  /** The answer that it was held against; its text is `null` where its run is no longer kept. */
  reference: z
    .object({ run_id: z.string(), run_at: z.string(), sha256: z.string(), text: z.string().nullable() })
    .nullable(),
  /** What differs from the reference's run and may explain another answer, in phrases: `GPU driver 550.54 → 560.35`. */
  changes: z.array(z.string()),
});
export type CanaryResult = z.infer<typeof canarySchema>;
