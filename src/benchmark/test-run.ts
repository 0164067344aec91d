/** Runs one test: the warm-up, then the timed runs one after the other, or wave after wave for a load test. */
import { aggregateTest } from './aggregate.js';
import type { BenchmarkListener } from './benchmark-event.js';
import type { ChatProtocol } from './client/chat-protocol.js';
import type { RequestError } from './client/failure.js';
import { prepareRequest } from './client/request.js';
import type { RequestOutcome } from './client/request-timings.js';
import { monotonicMs } from './clock.js';
import type { InferenceServer } from './inference-server.js';
import type { BenchmarkTest } from './plan.js';
import type { PromptSizer } from './prompt-sizer.js';
import { fillingPrompt, type Prompts, withNonce } from './prompts.js';
import type { RequestResult, TestResult } from './result.js';
import { runMetrics } from './run-metrics.js';
import { countedTokens } from './token-counts.js';

export interface TestContext {
  readonly server: InferenceServer;
  readonly model: string;
  readonly prompts: Prompts;
  readonly sizer: PromptSizer;
  /** A fresh one for each request. */
  readonly newNonce: () => string;
  readonly signal: AbortSignal;
  readonly emit: BenchmarkListener;
}

export interface FinishedTest {
  readonly test: TestResult;
  readonly window: { readonly startMs: number; readonly endMs: number } | undefined;
}

interface StreamRun {
  readonly result: RequestResult;
  readonly startMs: number;
  readonly endMs: number;
}

// After these, another run of the same test would only end the same way, minutes later.
const endsTest: ReadonlySet<RequestError> = new Set([
  'timeout',
  'connection_refused',
  'context_exceeded',
  'model_not_found',
  'unauthorized',
]);

const LIVE_INTERVAL_MS = 500;
// A token may begin at the end of one read and go on in the next: more than what a protocol looks for.
const TOKEN_START_BYTES = 64;

/** Rejects with the signal's reason when cancelled; every other fault is part of the result. */
export async function runTest(test: BenchmarkTest, context: TestContext): Promise<FinishedTest> {
  const timed: StreamRun[] = [];
  let warmup: RequestResult | undefined;
  for (let run = 1; run <= test.nRuns; run += 1) {
    const isWarmup = run === 1 && test.nRuns >= 2;
    context.emit({ type: 'phase', phase: 'prompt_build', testId: test.testId });
    const words =
      test.prompt.kind === 'fill' ? await context.sizer.wordsFor(test.prompt.tokens, context.signal) : undefined;
    if (isWarmup) context.emit({ type: 'phase', phase: 'warmup', testId: test.testId });
    const wave = await runWave(test, context, words);
    context.signal.throwIfAborted();
    if (isWarmup) warmup = wave.find((stream) => !stream.result.success)?.result ?? wave[0]?.result;
    else timed.push(...wave);
    for (const { result } of wave) {
      context.emit({ type: 'run_finished', testId: test.testId, run, warmup: isWarmup, result });
      if (words !== undefined && result.success && result.prompt_tokens !== null) {
        await context.sizer.observe(words, result.prompt_tokens, context.signal);
      }
    }
    if (wave.some(({ result }) => !result.success && endsTest.has(result.error))) break;
  }
  const window = enclosing(timed);
  const runs = timed.map((stream) => stream.result);
  return { test: aggregateTest({ test, warmup, runs, aggregateTps: aggregateSpeed(timed, test.concurrency) }), window };
}

/** Tokens are counted once all streams have ended: a tokenizer asked before would be work beside what is measured. */
async function runWave(test: BenchmarkTest, context: TestContext, words: number | undefined): Promise<StreamRun[]> {
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
    onRead: (chunks, bytes) => live.read(chunks, bytes),
  });
  return async () => {
    const beganMs = monotonicMs();
    const outcome = await send();
    return { outcome, prompt, beganMs, endedMs: monotonicMs() };
  };
}

async function streamRun(answer: StreamAnswer, test: BenchmarkTest, context: TestContext): Promise<StreamRun> {
  const { outcome, beganMs, endedMs } = answer;
  const retried = outcome.isRetried ? { retried: true as const } : {};
  if (!outcome.ok) {
    const { error, status, detail } = outcome.failure;
    const said = {
      ...(status === undefined ? {} : { status }),
      ...(detail === undefined ? {} : { error_detail: detail }),
    };
    return { result: { success: false, error, ...said, ...retried }, startMs: beganMs, endMs: endedMs };
  }
  const { timings } = outcome;
  const counts = await countedTokens(timings, { ...context, prompt: answer.prompt, maxTokens: test.maxTokens });
  const promptTargetTokens = test.prompt.kind === 'fill' ? test.prompt.tokens : undefined;
  const result = runMetrics(timings, counts, { maxTokens: test.maxTokens, promptTargetTokens });
  return { result: { ...result, ...retried }, startMs: timings.startMs, endMs: timings.endMs };
}

function promptOf(test: BenchmarkTest, prompts: Prompts, nonce: string, words: number | undefined): string {
  if (test.prompt.kind === 'fixed') return withNonce(nonce, prompts[test.prompt.prompt]);
  return fillingPrompt(nonce, words ?? 0);
}

function enclosing(streams: readonly StreamRun[]): { startMs: number; endMs: number } | undefined {
  if (streams.length === 0) return undefined;
  return {
    startMs: Math.min(...streams.map((stream) => stream.startMs)),
    endMs: Math.max(...streams.map((stream) => stream.endMs)),
  };
}

/** Tokens of all timed streams over their waves' wall time, mean over the waves; tokens per second. */
function aggregateSpeed(timed: readonly StreamRun[], concurrency: number): number | undefined {
  let tokens = 0;
  let seconds = 0;
  for (let from = 0; from < timed.length; from += concurrency) {
    const wave = timed.slice(from, from + concurrency);
    const span = enclosing(wave.filter((stream) => stream.result.success));
    if (span === undefined) continue;
    tokens += wave.reduce((sum, { result }) => sum + (result.success ? result.completion_tokens : 0), 0);
    seconds += (span.endMs - span.startMs) / 1000;
  }
  return seconds > 0 ? tokens / seconds : undefined;
}

/** Tells what a wave is doing while it streams, sparingly: a phase at its first send and first token, then twice a second. */
class LiveSpeed {
  readonly #testId: string;
  readonly #chat: ChatProtocol;
  readonly #emit: BenchmarkListener;
  #wasSent = false;
  #firstMs: number | undefined;
  #beforeToken = Buffer.alloc(0);
  #toldMs = 0;
  #chunks = 0;

  constructor(testId: string, { server, emit }: Pick<TestContext, 'server' | 'emit'>) {
    this.#testId = testId;
    this.#chat = server.chat;
    this.#emit = emit;
  }

  sent(): void {
    if (this.#wasSent) return;
    this.#wasSent = true;
    this.#emit({ type: 'phase', phase: 'decode_wait_first_token', testId: this.#testId });
  }

  read(chunks: number, bytes: Buffer): void {
    const nowMs = monotonicMs();
    if (this.#firstMs === undefined) {
      const seen = Buffer.concat([this.#beforeToken, bytes]);
      this.#beforeToken = seen.subarray(-TOKEN_START_BYTES);
      if (!this.#chat.hasToken(seen)) return;
      this.#firstMs = nowMs;
      this.#toldMs = nowMs;
      this.#emit({ type: 'phase', phase: 'decode_stream', testId: this.#testId });
    }
    this.#chunks += chunks;
    if (nowMs - this.#toldMs < LIVE_INTERVAL_MS) return;
    this.#toldMs = nowMs;
    const chunksPerSecond = this.#chunks / ((nowMs - this.#firstMs) / 1000);
    this.#emit({ type: 'live', testId: this.#testId, chunks: this.#chunks, chunksPerSecond });
  }
}
