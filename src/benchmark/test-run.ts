/** Runs one test: the warm-up, then the timed runs one after the other, or wave after wave for a load test. */

import { count } from '../shared/figure-text.js';
import type { AnsweringModel } from './answering-model.js';
import type { BenchmarkListener } from './benchmark-event.js';
import type { RequestError, RequestFailure } from './client/failure.js';
import { prepareRequest } from './client/request.js';
import type { RequestOutcome } from './client/request-timings.js';
import { monotonicMs } from './clock.js';
import type { ExtraRuns } from './extra-runs.js';
import { aggregateTest } from './figures/aggregate.js';
import { runMetrics } from './figures/run-metrics.js';
import { countedTokens } from './figures/token-counts.js';
import type { InferenceServer } from './inference-server.js';
import { LiveSpeed } from './live-speed.js';
import type { BenchmarkTest } from './plan.js';
import type { PromptSizer } from './prompt-sizer.js';
import { fillingPrompt, type Prompts, withNonce } from './prompts.js';
import type { FailedRun, RequestResult, TestResult } from './result.js';
import {
  aggregateSpeed,
  enclosing,
  isWhole,
  judgedWave,
  type StreamRun,
  type TimeSpan,
  type Wave,
  waveSpeed,
} from './wave.js';

export interface TestContext {
  readonly server: InferenceServer;
  readonly model: string;
  readonly prompts: Prompts;
  readonly sizer: PromptSizer;
  readonly answering: AnsweringModel;
  /** How long a single token was waited for before the tests, in milliseconds; `undefined` where nobody knows. */
  readonly idleWaitMs?: number | undefined;
  /** `undefined`: no test is repeated beyond its plan. */
  readonly extraRuns?: ExtraRuns | undefined;
  /** A fresh one for each request. */
  readonly newNonce: () => string;
  readonly signal: AbortSignal;
  readonly emit: BenchmarkListener;
}

export interface FinishedTest {
  readonly test: TestResult;
  readonly window: TimeSpan | undefined;
}

// After these, another run of the same test would only end the same way, minutes later.
const endsTest: ReadonlySet<RequestError> = new Set([
  'timeout',
  'connection_refused',
  'context_exceeded',
  'model_not_found',
  'unauthorized',
]);

/** Rejects with the signal's reason when cancelled; every other fault is part of the result. */
export async function runTest(test: BenchmarkTest, context: TestContext): Promise<FinishedTest> {
  const warmup = test.nRuns >= 2 ? await warmedUp(test, context) : undefined;
  const waves = warmup !== undefined && isLast(warmup) ? [] : await timedRuns(test, context);
  return {
    test: aggregateTest({
      test,
      warmup: warmup === undefined ? undefined : standingFor(warmup),
      waves: waves.map((wave) => wave.map(({ result }) => result)),
      aggregateTps: test.concurrency > 1 ? aggregateSpeed(waves) : undefined,
      precision: context.extraRuns?.precision,
    }),
    window: enclosing(waves.flat()),
  };
}

/** One that failed is made once more: else the first timed run would be a cold one. */
async function warmedUp(test: BenchmarkTest, context: TestContext): Promise<Wave> {
  const warmUp = async () => (await runOnce({ test, context, run: 1, isWarmup: true })).wave;
  const wave = await warmUp();
  const failed = standingFor(wave);
  if (failed === undefined || failed.success || isLast(wave)) return wave;
  const why = failed.error_detail === undefined ? failed.error : `${failed.error} (${failed.error_detail})`;
  context.emit({ type: 'log', line: `The warm-up of ${test.name} failed: ${why}. It is made once more.` });
  return warmUp();
}

function isLast(wave: Wave): boolean {
  return wave.some(({ result }) => !result.success && endsTest.has(result.error));
}

/** Of a warm-up wave one result is kept: a failed one, where there is one. */
function standingFor(wave: Wave): RequestResult | undefined {
  return wave.find(({ result }) => !result.success)?.result ?? wave[0]?.result;
}

/** The planned runs, then further ones as long as they are wanted and succeed. */
async function timedRuns(test: BenchmarkTest, context: TestContext): Promise<Wave[]> {
  const warmups = test.nRuns >= 2 ? 1 : 0;
  const waves: Wave[] = [];
  let lastRunMs = 0;
  const runAgain = async (): Promise<Wave> => {
    const { wave, tookMs } = await runOnce({ test, context, run: waves.length + 1, isWarmup: false });
    waves.push(wave);
    lastRunMs = tookMs;
    return wave;
  };
  for (let planned = test.nRuns - warmups; planned > 0; planned -= 1) {
    let wave = await runAgain();
    const isBroken = () => test.concurrency > 1 && !isWhole(wave);
    if (isBroken() && !isLast(wave)) wave = await runAgain();
    if (isBroken() || isLast(wave)) return waves;
  }
  // A test that is planned to run once is long: its length is its purpose.
  if (warmups === 0) return waves;
  const { extraRuns, emit } = context;
  while (extraRuns !== undefined && isWanted(waves, lastRunMs, extraRuns)) {
    const { precision } = extraRuns;
    emit({ type: 'extra_run_started', testId: test.testId, run: waves.length + 1, precision });
    const wave = await runAgain();
    extraRuns.spent(lastRunMs);
    if (!isWhole(wave)) return waves;
  }
  return waves;
}

function isWanted(waves: readonly Wave[], lastRunMs: number, extraRuns: ExtraRuns): boolean {
  const speeds = waves.filter(isWhole).map(waveSpeed);
  return extraRuns.isWanted({ speeds, made: waves.length, lastRunMs });
}

interface RunToMake {
  readonly test: BenchmarkTest;
  readonly context: TestContext;
  /** As `run_finished` numbers it. */
  readonly run: number;
  readonly isWarmup: boolean;
}

async function runOnce({ test, context, run, isWarmup }: RunToMake): Promise<{ wave: Wave; tookMs: number }> {
  const { testId, prompt } = test;
  const beganMs = monotonicMs();
  context.emit({ type: 'phase', phase: 'prompt_build', testId });
  const words = prompt.kind === 'fill' ? await context.sizer.wordsFor(prompt.tokens, context.signal) : undefined;
  if (isWarmup) context.emit({ type: 'phase', phase: 'warmup', testId });
  const wave = judgedWave(await runWave(test, context, words));
  context.signal.throwIfAborted();
  for (const { result } of wave) {
    context.emit({ type: 'run_finished', testId, run, warmup: isWarmup, result });
    if (words !== undefined && result.success && result.prompt_tokens !== null) {
      await context.sizer.observe(words, result.prompt_tokens, context.signal);
    }
  }
  return { wave, tookMs: monotonicMs() - beganMs };
}

/** Tokens are counted once all streams have ended: a tokenizer asked before would be work beside what is measured. */
async function runWave(test: BenchmarkTest, context: TestContext, words: number | undefined): Promise<Wave> {
  const live = new LiveSpeed(test.testId, context);
  const streams = Array.from({ length: test.concurrency }, () => prepareStream({ test, context, words, live }));
  // All connections are open before the first request is sent: one that opens late would be no part of its wave.
  const prepared = await Promise.all(streams);
  const answers = await Promise.all(prepared.map((send) => send()));
  context.signal.throwIfAborted();
  context.emit({ type: 'phase', phase: 'parser', testId: test.testId });
  const wave: StreamRun[] = [];
  for (const answer of answers) wave.push(await streamRun(answer, test, context));
  return wave;
}

interface StreamToAsk {
  readonly test: BenchmarkTest;
  readonly context: TestContext;
  readonly words: number | undefined;
  readonly live: LiveSpeed;
}

interface StreamAnswer {
  /** Of a filling prompt. */
  readonly words: number | undefined;
  readonly outcome: RequestOutcome;
  readonly prompt: string;
  readonly beganMs: number;
  readonly endedMs: number;
}

async function prepareStream({ test, context, words, live }: StreamToAsk): Promise<() => Promise<StreamAnswer>> {
  const { server, model, signal } = context;
  const nonce = context.newNonce();
  const prompt = promptOf(test, context.prompts, nonce, words);
  const send = await prepareRequest({
    server,
    model,
    prompt,
    nonce,
    signal,
    maxTokens: test.maxTokens,
    timeoutMs: test.timeoutMs,
    onSent: () => live.sent(),
    onFirstToken: (atMs) => live.firstToken(atMs),
    onRead: live.stream(),
  });
  return async () => {
    const beganMs = monotonicMs();
    const outcome = await send();
    return { words, outcome, prompt, beganMs, endedMs: monotonicMs() };
  };
}

async function streamRun(answer: StreamAnswer, test: BenchmarkTest, context: TestContext): Promise<StreamRun> {
  const { outcome, words, beganMs, endedMs } = answer;
  const retried = outcome.isRetried ? { retried: true as const } : {};
  if (!outcome.ok) {
    return {
      result: failedRun(outcome.failure, outcome.isRetried),
      startMs: beganMs,
      endMs: endedMs,
      tokens: undefined,
    };
  }
  const { timings } = outcome;
  const counts = await countedTokens(timings, { ...context, prompt: answer.prompt, maxTokens: test.maxTokens });
  const promptTargetTokens = test.prompt.kind === 'fill' ? test.prompt.tokens : undefined;
  const result =
    context.answering.meet(timings.model) ??
    cutPrompt(words, counts.promptTokens ?? counts.toldPromptTokens, context.sizer) ??
    runMetrics(timings, counts, {
      maxTokens: test.maxTokens,
      promptTargetTokens,
      // The streams of a load test wait for each other.
      idleWaitMs: test.concurrency > 1 ? undefined : context.idleWaitMs,
    });
  const [firstMs, lastMs] = [timings.chunks[0]?.atMs, timings.chunks.at(-1)?.atMs];
  return {
    result: { ...result, ...retried },
    startMs: timings.startMs,
    endMs: timings.endMs,
    tokens: firstMs === undefined || lastMs === undefined ? undefined : { startMs: firstMs, endMs: lastMs },
  };
}

export function failedRun({ error, status, detail }: RequestFailure, isRetried: boolean): FailedRun {
  return {
    success: false,
    error,
    ...(status === undefined ? {} : { status }),
    ...(detail === undefined ? {} : { error_detail: detail }),
    ...(isRetried ? { retried: true } : {}),
  };
}

// Sizes are known within 2 %.
const CUT_SHARE = 0.05;

/** What was measured with less of the prompt than was sent is no sample of its test. */
function cutPrompt(words: number | undefined, read: number | undefined, sizer: PromptSizer): FailedRun | undefined {
  const sent = words === undefined ? undefined : sizer.tokensOf(words);
  if (sent === undefined || read === undefined || read >= sent * (1 - CUT_SHARE)) return undefined;
  return {
    success: false,
    error: 'context_exceeded',
    error_detail: `the server read ${count(read)} of about ${count(sent)} prompt tokens`,
    prompt_truncated: { sent, read },
  };
}

function promptOf({ prompt }: BenchmarkTest, prompts: Prompts, nonce: string, words: number | undefined): string {
  if (prompt.kind === 'verbatim') return prompt.text;
  return prompt.kind === 'fixed' ? withNonce(nonce, prompts[prompt.prompt]) : fillingPrompt(nonce, words ?? 0);
}
