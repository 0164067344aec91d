/**
 * What the agent says to its runner process. In a file of its own: the runner waits for its own start, and has no use
 * for the schemas of what it says itself.
 */
import * as z from 'zod';
import type { TlsTrust } from '../benchmark/client/tls-trust.js';
import { serverKinds } from '../benchmark/inference-server.js';
import { benchmarkModes, testCategories } from '../benchmark/plan.js';

const promptPlanSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('fixed'), prompt: z.enum(['short', 'long']) }),
  z.object({ kind: z.literal('verbatim'), text: z.string() }),
  z.object({ kind: z.literal('fill'), tokens: z.number().int().positive() }),
]);

const benchmarkTestSchema = z.object({
  testId: z.string(),
  name: z.string(),
  category: z.enum(testCategories),
  ctxSize: z.number().int().positive(),
  maxTokens: z.number().int().positive(),
  nRuns: z.number().int().positive(),
  concurrency: z.number().int().positive(),
  prompt: promptPlanSchema,
  timeoutMs: z.number().positive(),
  requires: z.string().optional(),
  expectedSha256: z.string().optional(),
  expectedLogprobs: z.object({ values: z.array(z.number()).readonly(), limit: z.number() }).optional(),
  leastLogprobLimit: z.number().optional(),
});

const tlsTrustSchema = z.discriminatedUnion('check', [
  z.object({ check: z.literal('authority'), pem: z.string() }),
  z.object({ check: z.literal('none') }),
]) satisfies z.ZodType<TlsTrust>;

export const planSchema = z.object({
  mode: z.enum(benchmarkModes),
  tests: z.array(benchmarkTestSchema),
  skipped: z.array(z.object({ testId: z.string(), reason: z.string() })),
  extraRuns: z
    .object({
      precision: z.number().positive(),
      maxRuns: z.number().int().positive(),
      // Less than nothing of it is left where the last run took longer than it was expected to.
      extraTimeMs: z.number(),
    })
    .optional(),
});

/** What the runner is given: everything it needs, so that it reads neither files nor its environment. */
export const assignmentSchema = z.object({
  server: z.object({
    kind: z.enum(serverKinds),
    name: z.string(),
    version: z.string().optional(),
    apiBase: z.string(),
    apiKey: z.string().optional(),
    tls: tlsTrustSchema.optional(),
    startedModel: z.string().optional(),
  }),
  model: z.string(),
  plan: planSchema,
  prompts: z.object({ short: z.string(), long: z.string() }),
  /** What of the plan an earlier runner has done. */
  finished: z.array(z.object({ testId: z.string(), succeeded: z.boolean() })).optional(),
});
export type Assignment = z.infer<typeof assignmentSchema>;

export const parentMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('start'), assignment: assignmentSchema }),
  z.object({ type: z.literal('cancel') }),
  /** No further test is to be begun. */
  z.object({ type: z.literal('pause') }),
]);
export type ParentMessage = z.infer<typeof parentMessageSchema>;
