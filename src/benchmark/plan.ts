/** Decides what will run, in which order, before the first inference: the table of the workload. */

import { testName } from '../shared/test-name.js';
import { GIB } from '../shared/units.js';
import { CANARY_PROMPT } from './canary/canary-prompt.js';
import { CPU_LIMIT, GPU_LIMIT, type KnownProbabilities } from './canary/token-probabilities.js';
import type { ExtraRunLimits } from './extra-runs.js';

export const benchmarkModes = ['quick', 'full', 'zeus'] as const;
export type BenchmarkMode = (typeof benchmarkModes)[number];

export const testCategories = ['baseline', 'context_sweep', 'stress', 'load', 'memory_wall', 'zeus', 'canary'] as const;
export type TestCategory = (typeof testCategories)[number];

/**
 * Version of prompts, token counts and sampling. Two results compare only when theirs are equal: raise it with
 * any change to the table below, to `prompts.ts` or to the sampling parameters of a request.
 */
export const WORKLOAD_VERSION = 1;

/** `fixed`: one of the short prompts. `fill`: a text sized to `tokens` prompt tokens. `verbatim`: as it stands, without a nonce. */
export type PromptPlan =
  | { readonly kind: 'fixed'; readonly prompt: 'short' | 'long' }
  | { readonly kind: 'verbatim'; readonly text: string }
  | { readonly kind: 'fill'; readonly tokens: number };

export interface BenchmarkTest {
  readonly testId: string;
  readonly name: string;
  readonly category: TestCategory;
  readonly ctxSize: number;
  readonly maxTokens: number;
  /** Runs (waves, for a load test) at least, the warm-up included. */
  readonly nRuns: number;
  /** Streams at once: 1 except for a load test. */
  readonly concurrency: number;
  readonly prompt: PromptPlan;
  /** How long one request may take, in milliseconds. */
  readonly timeoutMs: number;
  /** A test that must have succeeded first. */
  readonly requires?: string | undefined;
  /** Of the canary: the SHA-256 of the answer that is expected; `undefined` where none is known. */
  readonly expectedSha256?: string | undefined;
  /** Of the canary: the same answer's token probabilities. */
  readonly expectedLogprobs?: KnownProbabilities | undefined;
  /** Of the canary: how far log probabilities may move at least, however alike the answers of a run are. */
  readonly leastLogprobLimit?: number | undefined;
}

export interface SkippedTest {
  readonly testId: string;
  readonly reason: string;
}

export interface BenchmarkPlan {
  readonly mode: BenchmarkMode;
  readonly tests: readonly BenchmarkTest[];
  readonly skipped: readonly SkippedTest[];
  /** `undefined`: no test is repeated beyond its `nRuns`. */
  readonly extraRuns?: ExtraRunLimits | undefined;
}

export interface PlanInput {
  readonly mode: BenchmarkMode;
  /** VRAM of all GPUs in bytes; `undefined` where there is none or it is unknown. */
  readonly vramBytes: number | undefined;
  /** Context length of the loaded model in tokens; `undefined` where the server does not tell. */
  readonly contextLength: number | undefined;
  /** The configured timeout of a request with a short prompt and answer, in milliseconds. */
  readonly timeoutMs: number;
  readonly extraRuns?: BenchmarkPlan['extraRuns'];
  /** See `BenchmarkTest.expectedSha256`. */
  readonly canarySha256?: string | undefined;
  /** See `BenchmarkTest.expectedLogprobs`. */
  readonly canaryLogprobs?: KnownProbabilities | undefined;
  /** Whether the model can only lie on CPUs: there the same request has the same figures every time. */
  readonly isOnCpu?: boolean | undefined;
}

// Cards report slightly less than their nominal size (a "24 GB" card 23.99 GiB or 22.5 GiB with ECC).
const NOMINAL_SHARE = 0.92;

function nominalGib(vramBytes = 0): number {
  return vramBytes / GIB / NOMINAL_SHARE;
}

/** Context sizes of the sweep in tokens, by VRAM. */
export function contextSizes(vramBytes: number | undefined): readonly number[] {
  const gib = nominalGib(vramBytes);
  if (gib >= 24) return [2048, 4096, 8192, 16384, 32768, 65536];
  if (gib >= 16) return [2048, 4096, 8192, 16384, 32768];
  if (gib >= 8) return [2048, 4096, 8192, 16384];
  return [2048, 4096, 8192];
}

const MEMORY_WALL_MIN_GIB = 8;
// Floors as multiples of the configured timeout: 180 s and 600 s of the default 120 s.
const STRESS_TIMEOUT_FACTOR = 1.5;
const ZEUS_TIMEOUT_FACTOR = 5;
const TIMEOUT_PER_PROMPT_TOKEN_MS = 5;
const QUICK_CONTEXTS = 3;

/**
 * Makes the plan. A test whose context the server cannot hold is skipped with the reason; where the context
 * length is unknown nothing is skipped and the server's own refusal is recorded.
 */
export function planBenchmark(input: PlanInput): BenchmarkPlan {
  const candidates = input.mode === 'zeus' ? zeusTests(input.timeoutMs) : sweepTests(input);
  const tests: BenchmarkTest[] = [];
  const skipped: SkippedTest[] = [];
  const plan = (candidate: BenchmarkTest, fitting: BenchmarkTest | Pick<SkippedTest, 'reason'>) => {
    if ('testId' in fitting) tests.push(fitting);
    else skipped.push({ testId: candidate.testId, ...fitting });
  };
  for (const candidate of candidates) plan(candidate, fittedTo(candidate, input.contextLength));
  // Last, on a machine that is hot: memory that fails does so then. Nobody is asked for an answer alone.
  const canary = canaryTest(input);
  plan(canary, tests.length === 0 ? { reason: 'no other test can be run' } : fittedTo(canary, input.contextLength));
  return { mode: input.mode, tests, skipped, extraRuns: input.extraRuns };
}

// Node's timers wait no longer than this, and only whole milliseconds.
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** 120 s and 5 s for each 1,000 prompt tokens by default, and never under the test's own floor. */
function requestTimeoutMs(timeoutMs: number, prompt: PromptPlan, factor = 1): number {
  const promptTokens = prompt.kind === 'fill' ? prompt.tokens : 0;
  const neededMs = Math.max(timeoutMs * factor, timeoutMs + TIMEOUT_PER_PROMPT_TOKEN_MS * promptTokens);
  return Math.min(MAX_TIMEOUT_MS, Math.ceil(neededMs));
}

// A fixed prompt is short: it needs little more room than its output, whatever the test's nominal context.
const FIXED_PROMPT_ROOM = 256;

function contextNeeded(test: BenchmarkTest): number {
  return test.prompt.kind === 'fill' ? test.ctxSize : test.maxTokens + FIXED_PROMPT_ROOM;
}

// The chat template's own tokens and an end token must fit beside prompt and output.
const TEMPLATE_ROOM = 16;

/**
 * The test as the server's context, in tokens, can hold it: with a shorter filling prompt where there is no room for both
 * it and the output; else why it is to be skipped.
 */
export function fittedTo(
  test: BenchmarkTest,
  contextLength: number | undefined,
): BenchmarkTest | Pick<SkippedTest, 'reason'> {
  if (contextLength === undefined) return test;
  if (contextNeeded(test) > contextLength) return { reason: `exceeds the server's context length (${contextLength})` };
  if (test.prompt.kind !== 'fill') return test;
  const room = contextLength - test.maxTokens - TEMPLATE_ROOM;
  return test.prompt.tokens <= room ? test : { ...test, prompt: { kind: 'fill', tokens: room } };
}

function sweepTests(input: PlanInput): BenchmarkTest[] {
  const quick = input.mode === 'quick';
  const sizes = contextSizes(input.vramBytes);
  const { timeoutMs } = input;
  const sweep = (quick ? sizes.slice(0, QUICK_CONTEXTS) : sizes).map((ctx) =>
    contextTest(ctx, quick ? 2 : 3, timeoutMs),
  );
  const tests = [baselineTest(timeoutMs), ...sweep, longGenerationTest(timeoutMs)];
  if (quick) return tests;
  tests.push(...[2, 4, 8].map((streams) => concurrencyTest(streams, timeoutMs)));
  const largest = sizes.findLast((ctx) => input.contextLength === undefined || ctx <= input.contextLength) ?? sizes[0];
  if (nominalGib(input.vramBytes) >= MEMORY_WALL_MIN_GIB && largest !== undefined)
    tests.push(memoryWallTest(largest, timeoutMs));
  return tests;
}

const SHORT: PromptPlan = { kind: 'fixed', prompt: 'short' };
const LONG: PromptPlan = { kind: 'fixed', prompt: 'long' };

function fill(tokens: number): PromptPlan {
  return { kind: 'fill', tokens };
}

function baselineTest(timeoutMs: number): BenchmarkTest {
  return {
    testId: 'baseline_short',
    name: testName('baseline_short'),
    category: 'baseline',
    ctxSize: 2048,
    maxTokens: 64,
    nRuns: 3,
    concurrency: 1,
    prompt: SHORT,
    timeoutMs: requestTimeoutMs(timeoutMs, SHORT),
  };
}

function contextTest(ctxSize: number, nRuns: number, timeoutMs: number): BenchmarkTest {
  return {
    testId: `ctx_sweep_${ctxSize}`,
    name: testName(`ctx_sweep_${ctxSize}`),
    category: 'context_sweep',
    ctxSize,
    maxTokens: 256,
    nRuns,
    concurrency: 1,
    prompt: fill(ctxSize),
    timeoutMs: requestTimeoutMs(timeoutMs, fill(ctxSize)),
  };
}

function longGenerationTest(timeoutMs: number): BenchmarkTest {
  return {
    testId: 'long_gen',
    name: testName('long_gen'),
    category: 'stress',
    ctxSize: 8192,
    maxTokens: 1024,
    nRuns: 2,
    concurrency: 1,
    prompt: LONG,
    timeoutMs: requestTimeoutMs(timeoutMs, LONG, STRESS_TIMEOUT_FACTOR),
  };
}

function concurrencyTest(streams: number, timeoutMs: number): BenchmarkTest {
  return {
    testId: `concurrency_${streams}`,
    name: testName(`concurrency_${streams}`),
    category: 'load',
    ctxSize: 2048,
    maxTokens: 128,
    nRuns: 2,
    concurrency: streams,
    prompt: SHORT,
    timeoutMs: requestTimeoutMs(timeoutMs, SHORT),
  };
}

function memoryWallTest(ctxSize: number, timeoutMs: number): BenchmarkTest {
  return {
    testId: 'memory_wall',
    name: testName('memory_wall'),
    category: 'memory_wall',
    ctxSize,
    maxTokens: 512,
    nRuns: 1,
    concurrency: 1,
    prompt: fill(ctxSize),
    timeoutMs: requestTimeoutMs(timeoutMs, fill(ctxSize), STRESS_TIMEOUT_FACTOR),
  };
}

export const CANARY_TEST = 'canary';
const VERBATIM: PromptPlan = { kind: 'verbatim', text: CANARY_PROMPT };

function canaryTest({ timeoutMs, canarySha256, canaryLogprobs, isOnCpu = false }: PlanInput): BenchmarkTest {
  return {
    testId: CANARY_TEST,
    name: testName(CANARY_TEST),
    category: 'canary',
    ctxSize: 2048,
    maxTokens: 64,
    nRuns: 2,
    concurrency: 1,
    prompt: VERBATIM,
    timeoutMs: requestTimeoutMs(timeoutMs, VERBATIM),
    expectedSha256: canarySha256,
    expectedLogprobs: canaryLogprobs,
    leastLogprobLimit: isOnCpu ? CPU_LIMIT : GPU_LIMIT,
  };
}

function zeusTests(timeoutMs: number): BenchmarkTest[] {
  return [131_072, 262_144].map((ctxSize, index) => ({
    testId: `zeus_${ctxSize}`,
    name: testName(`zeus_${ctxSize}`),
    category: 'zeus',
    ctxSize,
    maxTokens: 128,
    nRuns: 1,
    concurrency: 1,
    prompt: fill(ctxSize),
    timeoutMs: requestTimeoutMs(timeoutMs, fill(ctxSize), ZEUS_TIMEOUT_FACTOR),
    requires: index === 0 ? undefined : 'zeus_131072',
  }));
}
