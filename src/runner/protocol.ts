/** What a runner process says to the agent, which validates it; the other way is `parent-message.ts`. */
import * as z from 'zod';
import type { BenchmarkEvent } from '../benchmark/benchmark-event.js';
import { runnerPhases } from '../benchmark/phase.js';
import { runSchema, testResultSchema } from '../benchmark/result.js';

const window = z.object({ startMs: z.number(), endMs: z.number() });

const benchmarkEventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('phase'),
    phase: z.enum(runnerPhases),
    testId: z.string().optional(),
    detail: z.string().optional(),
  }),
  z.object({ type: z.literal('log'), line: z.string() }),
  z.object({ type: z.literal('context_changed'), contextLength: z.number().int() }),
  z.object({ type: z.literal('test_started'), testId: z.string(), name: z.string() }),
  z.object({
    type: z.literal('extra_run_started'),
    testId: z.string(),
    run: z.number().int(),
    precision: z.number(),
  }),
  z.object({ type: z.literal('live'), testId: z.string(), chunks: z.number(), chunksPerSecond: z.number() }),
  z.object({
    type: z.literal('run_finished'),
    testId: z.string(),
    run: z.number().int(),
    warmup: z.boolean(),
    result: runSchema,
  }),
  z.object({
    type: z.literal('test_finished'),
    test: testResultSchema,
    window: window.optional(),
    extraTimeLeftMs: z.number().optional(),
  }),
  z.object({ type: z.literal('test_skipped'), testId: z.string(), reason: z.string() }),
]) satisfies z.ZodType<BenchmarkEvent>;

/** What the runner says: the benchmark's events, stamped, and how it ended. */
export const runnerMessageSchema = z.discriminatedUnion('type', [
  /** `atMs` is `monotonicMs` in the runner: the machine's clock, so the parent can compare it with its own. */
  z.object({ type: z.literal('event'), atMs: z.number(), event: benchmarkEventSchema }),
  z.object({ type: z.literal('finished') }),
  /** As it was asked to; tests of the plan are left. */
  z.object({ type: z.literal('paused') }),
  z.object({ type: z.literal('cancelled') }),
  z.object({ type: z.literal('failed'), message: z.string() }),
]);
export type RunnerMessage = z.infer<typeof runnerMessageSchema>;
