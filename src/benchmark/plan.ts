/** Decides what will run, in which order, before the first inference: the table of the workload. */

export const benchmarkModes = ['quick', 'full', 'zeus'] as const;
export type BenchmarkMode = (typeof benchmarkModes)[number];

export const testCategories = ['baseline', 'context_sweep', 'stress', 'load', 'memory_wall', 'zeus'] as const;
export type TestCategory = (typeof testCategories)[number];

/**
 * Version of prompts, token counts and sampling. Two results compare only when theirs are equal: raise it with
 * any change to the table below, to `prompts.ts` or to the sampling parameters of a request.
 */
export const WORKLOAD_VERSION = 1;

/** `fixed`: one of the short prompts. `fill`: a text sized to `tokens` prompt tokens. */
export type PromptPlan =
  | { readonly kind: 'fixed'; readonly prompt: 'short' | 'long' }
  | { readonly kind: 'fill'; readonly tokens: number };

export interface BenchmarkTest {
  readonly testId: string;
  readonly name: string;
  readonly category: TestCategory;
  readonly ctxSize: number;
  readonly maxTokens: number;
  /** Runs (waves, for a load test), the warm-up included. */
  readonly nRuns: number;
  /** Streams at once: 1 except for a load test. */
  readonly concurrency: number;
  readonly prompt: PromptPlan;
  /** The least time one request is given, in milliseconds. */
  readonly timeoutFloorMs: number;
  /** A test that must have succeeded first. */
  readonly requires?: string | undefined;
}

export interface SkippedTest {
  readonly testId: string;
  readonly reason: string;
}

export interface BenchmarkPlan {
  readonly mode: BenchmarkMode;
  readonly tests: readonly BenchmarkTest[];
  readonly skipped: readonly SkippedTest[];
}

export interface PlanInput {
  readonly mode: BenchmarkMode;
  /** VRAM of all GPUs in bytes; `undefined` where there is none or it is unknown. */
  readonly vramBytes: number | undefined;
  /** Context length of the loaded model in tokens; `undefined` where the server does not tell. */
  readonly contextLength: number | undefined;
  /** The configured least timeout of a request, in milliseconds. */
  readonly timeoutMs: number;
}

const GIB = 2 ** 30;
// Cards report slightly less than their nominal size (a "24 GB" card 23.99 GiB or 22.5 GiB with ECC).
const NOMINAL_SHARE = 0.92;

/** Context sizes of the sweep in tokens, by VRAM. */
export function contextSizes(vramBytes: number | undefined): readonly number[] {
  const gib = (vramBytes ?? 0) / GIB / NOMINAL_SHARE;
  if (gib >= 24) return [2048, 4096, 8192, 16384, 32768, 65536];
  if (gib >= 16) return [2048, 4096, 8192, 16384, 32768];
  if (gib >= 8) return [2048, 4096, 8192, 16384];
  return [2048, 4096, 8192];
}

const MEMORY_WALL_MIN_GIB = 8;
const STRESS_TIMEOUT_MS = 180_000;
const ZEUS_TIMEOUT_MS = 600_000;
const QUICK_CONTEXTS = 3;

/**
 * Makes the plan. A test whose context the server cannot hold is skipped with the reason; where the context
 * length is unknown nothing is skipped and the server's own refusal is recorded.
 */
export function planBenchmark(input: PlanInput): BenchmarkPlan {
  const candidates = input.mode === 'zeus' ? zeusTests() : sweepTests(input);
  const tests: BenchmarkTest[] = [];
  const skipped: SkippedTest[] = [];
  for (const test of candidates) {
    if (input.contextLength !== undefined && contextNeeded(test) > input.contextLength) {
      skipped.push({ testId: test.testId, reason: `exceeds the server's context length (${input.contextLength})` });
      continue;
    }
    tests.push(fitted({ ...test, timeoutFloorMs: Math.max(test.timeoutFloorMs, input.timeoutMs) }, input.contextLength));
  }
  return { mode: input.mode, tests, skipped };
}

// A fixed prompt is short: it needs little more room than its output, whatever the test's nominal context.
const FIXED_PROMPT_ROOM = 256;

function contextNeeded(test: BenchmarkTest): number {
  return test.prompt.kind === 'fill' ? test.ctxSize : test.maxTokens + FIXED_PROMPT_ROOM;
}

// The chat template's own tokens and an end token must fit beside prompt and output.
const TEMPLATE_ROOM = 16;

/** Shortens a filling prompt where the server's context has no room for it and the output. */
function fitted(test: BenchmarkTest, contextLength: number | undefined): BenchmarkTest {
  if (test.prompt.kind !== 'fill' || contextLength === undefined) return test;
  const room = contextLength - test.maxTokens - TEMPLATE_ROOM;
  return test.prompt.tokens <= room ? test : { ...test, prompt: { kind: 'fill', tokens: room } };
}

function sweepTests(input: PlanInput): BenchmarkTest[] {
  const quick = input.mode === 'quick';
  const sizes = contextSizes(input.vramBytes);
  const sweep = (quick ? sizes.slice(0, QUICK_CONTEXTS) : sizes).map((ctx) => contextTest(ctx, quick ? 2 : 3));
  const tests = [baselineTest(input.timeoutMs), ...sweep, longGenerationTest()];
  if (quick) return tests;
  tests.push(...[2, 4, 8].map(concurrencyTest));
  const gib = (input.vramBytes ?? 0) / GIB / NOMINAL_SHARE;
  const largest = sizes.findLast((ctx) => input.contextLength === undefined || ctx <= input.contextLength) ?? sizes[0];
  if (gib >= MEMORY_WALL_MIN_GIB && largest !== undefined) tests.push(memoryWallTest(largest));
  return tests;
}

function tokensLabel(tokens: number): string {
  return tokens.toLocaleString('en-US');
}

function baselineTest(timeoutFloorMs: number): BenchmarkTest {
  return {
    testId: 'baseline_short',
    name: 'Baseline (short prompt)',
    category: 'baseline',
    ctxSize: 2048,
    maxTokens: 64,
    nRuns: 3,
    concurrency: 1,
    prompt: { kind: 'fixed', prompt: 'short' },
    timeoutFloorMs,
  };
}

function contextTest(ctxSize: number, nRuns: number): BenchmarkTest {
  return {
    testId: `ctx_sweep_${ctxSize}`,
    name: `Context sweep — ${tokensLabel(ctxSize)} tokens`,
    category: 'context_sweep',
    ctxSize,
    maxTokens: 256,
    nRuns,
    concurrency: 1,
    prompt: { kind: 'fill', tokens: ctxSize },
    timeoutFloorMs: 0,
  };
}

function longGenerationTest(): BenchmarkTest {
  return {
    testId: 'long_gen',
    name: 'Long generation stress',
    category: 'stress',
    ctxSize: 8192,
    maxTokens: 1024,
    nRuns: 2,
    concurrency: 1,
    prompt: { kind: 'fixed', prompt: 'long' },
    timeoutFloorMs: STRESS_TIMEOUT_MS,
  };
}

function concurrencyTest(streams: number): BenchmarkTest {
  return {
    testId: `concurrency_${streams}`,
    name: `Concurrency — ${streams} streams`,
    category: 'load',
    ctxSize: 2048,
    maxTokens: 128,
    nRuns: 2,
    concurrency: streams,
    prompt: { kind: 'fixed', prompt: 'short' },
    timeoutFloorMs: 0,
  };
}

function memoryWallTest(ctxSize: number): BenchmarkTest {
  return {
    testId: 'memory_wall',
    name: 'Memory wall detection',
    category: 'memory_wall',
    ctxSize,
    maxTokens: 512,
    nRuns: 1,
    concurrency: 1,
    prompt: { kind: 'fill', tokens: ctxSize },
    timeoutFloorMs: STRESS_TIMEOUT_MS,
  };
}

function zeusTests(): BenchmarkTest[] {
  return [131_072, 262_144].map((ctxSize, index) => ({
    testId: `zeus_${ctxSize}`,
    name: `Zeus — ${tokensLabel(ctxSize)} tokens`,
    category: 'zeus' as const,
    ctxSize,
    maxTokens: 128,
    nRuns: 1,
    concurrency: 1,
    prompt: { kind: 'fill' as const, tokens: ctxSize },
    timeoutFloorMs: ZEUS_TIMEOUT_MS,
    requires: index === 0 ? undefined : 'zeus_131072',
  }));
}
