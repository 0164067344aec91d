/** All that passes between the agent and its runner process; both sides validate what they receive. */
import * as z from 'zod';
import type { BenchmarkEvent } from '../benchmark/benchmark-event.js';
import { serverKinds } from '../benchmark/inference-server.js';
import { runnerPhases } from '../benchmark/phase.js';
import { benchmarkModes, testCategories } from '../benchmark/plan.js';
import { runSchema, testResultSchema } from '../benchmark/result.js';

const promptPlanSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('fixed'), prompt: z.enum(['short', 'long']) }),
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
});

/** What the runner is given: everything it needs, so that it reads neither files nor its environment. */
export const assignmentSchema = z.object({
  server: z.object({
    kind: z.enum(serverKinds),
    name: z.string(),
    version: z.string().optional(),
    apiBase: z.string(),
    apiKey: z.string().optional(),
  }),
  model: z.string(),
  plan: z.object({
    mode: z.enum(benchmarkModes),
    tests: z.array(benchmarkTestSchema),
    skipped: z.array(z.object({ testId: z.string(), reason: z.string() })),
  }),
  prompts: z.object({ short: z.string(), long: z.string() }),
});
export type Assignment = z.infer<typeof assignmentSchema>;

export const parentMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('start'), assignment: assignmentSchema }),
  z.object({ type: z.literal('cancel') }),
]);
export type ParentMessage = z.infer<typeof parentMessageSchema>;

const window = z.object({ startMs: z.number(), endMs: z.number() });

const benchmarkEventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('phase'),
    phase: z.enum(runnerPhases),
    testId: z.string().optional(),
    detail: z.string().optional(),
  }),
  z.object({ type: z.literal('log'), line: z.string() }),
  z.object({ type: z.literal('test_started'), testId: z.string(), name: z.string() }),
  z.object({ type: z.literal('live'), testId: z.string(), chunks: z.number(), chunksPerSecond: z.number() }),
  z.object({
    type: z.literal('run_finished'),
    testId: z.string(),
    run: z.number().int(),
    warmup: z.boolean(),
    result: runSchema,
  }),
  z.object({ type: z.literal('test_finished'), test: testResultSchema, window: window.optional() }),
  z.object({ type: z.literal('test_skipped'), testId: z.string(), reason: z.string() }),
]) satisfies z.ZodType<BenchmarkEvent>;

/** What the runner says: the benchmark's events, stamped, and how it ended. */
export const runnerMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  /** `atMs` is `monotonicMs` in the runner: the machine's clock, so the parent can compare it with its own. */
  z.object({ type: z.literal('event'), atMs: z.number(), event: benchmarkEventSchema }),
  z.object({ type: z.literal('finished') }),
  z.object({ type: z.literal('cancelled') }),
  z.object({ type: z.literal('failed'), message: z.string() }),
]);
export type RunnerMessage = z.infer<typeof runnerMessageSchema>;
