/** What passes between the agent and the process that judges a long chronicle for it. */
import * as z from 'zod';
import { trendBookSchema } from '../trends/trend-book.js';

export const judgingRequestSchema = z.object({
  paths: z.object({ chronicle: z.string(), trendBook: z.string(), baselineResets: z.string() }),
  trends: z.object({ window: z.number(), minSamples: z.number(), drop: z.number() }),
  now: z.iso.datetime(),
});
export type JudgingRequest = z.infer<typeof judgingRequestSchema>;

export const judgingAnswerSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('judged'), book: trendBookSchema }),
  z.object({ type: z.literal('failed'), message: z.string() }),
]);
export type JudgingAnswer = z.infer<typeof judgingAnswerSchema>;
