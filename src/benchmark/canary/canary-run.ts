/**
 * Asks a fixed question twice and keeps the answers. None of the requests is a measurement: they come without warm-up, and
 * answers that a prefix cache may have helped are as good as others.
 */
import { type MeasuredRequest, measureRequest } from '../client/request.js';
import type { RequestOutcome } from '../client/request-timings.js';
import { aggregateTest } from '../figures/aggregate.js';
import { countedTokens } from '../figures/token-counts.js';
import { LiveSpeed } from '../live-speed.js';
import type { BenchmarkTest } from '../plan.js';
import type { RequestResult, SuccessfulRun, TestResult } from '../result.js';
import { failedRun, type TestContext } from '../test-run.js';
import { type CanaryAnswer, canaryOf, isExpected } from './canary-answer.js';
import { CANARY_SEED } from './canary-prompt.js';
import { ProbabilityReading } from './probability-reading.js';

/** Before another answer than the expected one is told, it must have come so often more. */
const CONFIRMATIONS = 3;

interface Asked {
  readonly result: RequestResult;
  /** `undefined` of a failed request. */
  readonly answer: CanaryAnswer | undefined;
}

/** Rejects with the signal's reason when cancelled; every other fault is part of the result. */
export async function runCanary(test: BenchmarkTest, context: TestContext): Promise<TestResult> {
  const asked: Asked[] = [];
  const probabilities = new ProbabilityReading(context.server);
  if (!leavesCache(context)) await ask(test, context, probabilities, 1);
  const askAgain = async (): Promise<CanaryAnswer | undefined> => {
    const next = await ask(test, context, probabilities, test.maxTokens);
    asked.push(next);
    context.emit({
      type: 'run_finished',
      testId: test.testId,
      run: asked.length,
      warmup: false,
      result: next.result,
    });
    return next.answer;
  };
  const first = await askAgain();
  const later: CanaryAnswer[] = [];
  let serverInUse = false;
  const isSame = () => first !== undefined && later.every(({ text }) => text === first.text);
  while (first !== undefined && asked.length < wanted(first, test)) {
    const answer = await askAgain();
    if (answer === undefined) break;
    later.push(answer);
    if (!isSame()) break;
    if (!isExpected(first, test)) serverInUse ||= await isInUse(context);
  }
  const isWhole = first !== undefined && later.length > 0 && asked.every(({ answer }) => answer !== undefined);
  const result = aggregateTest({
    test,
    warmup: undefined,
    waves: asked.map(({ result: request }) => [request]),
    aggregateTps: undefined,
  });
  return isWhole ? { ...result, canary: canaryOf({ first, later, serverInUse }, test) } : result;
}

function wanted(first: CanaryAnswer, test: BenchmarkTest): number {
  const isOther = test.expectedSha256 !== undefined && !isExpected(first, test);
  return isOther ? test.nRuns + CONFIRMATIONS : test.nRuns;
}

/**
 * Whether requests can be made to leave the server's prefix cache. Where they cannot, the question is asked once before: all
 * answers that count are then made from the cache, for whether the prompt is read as a whole or not may change them.
 */
function leavesCache({ server }: TestContext): boolean {
  const extras = server.requestExtras({ maxTokens: 1, nonce: '' });
  return 'cache_prompt' in extras || 'cache_salt' in extras;
}

/** Tokens of several requests that are computed together may come out otherwise than those of one alone. */
async function isInUse({ server, signal }: TestContext): Promise<boolean> {
  try {
    return (await server.busy(signal)).state === 'busy';
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

async function ask(
  test: BenchmarkTest,
  context: TestContext,
  probabilities: ProbabilityReading,
  maxTokens: number,
): Promise<Asked> {
  const { model, signal } = context;
  const prompt = test.prompt.kind === 'verbatim' ? test.prompt.text : '';
  const { timeoutMs } = test;
  const nonce = context.newNonce();
  const live = new LiveSpeed(test.testId, context);
  const request: Omit<MeasuredRequest, 'server'> = {
    model,
    prompt,
    nonce,
    signal,
    maxTokens,
    timeoutMs,
    seed: CANARY_SEED,
    onSent: () => live.sent(),
    onFirstToken: (atMs) => live.firstToken(atMs),
    onRead: live.stream(),
  };
  const { outcome, logprobs } = await probabilities.during((server) => measureRequest({ ...request, server }));
  signal.throwIfAborted();
  context.emit({ type: 'phase', phase: 'parser', testId: test.testId });
  return heard(outcome, { ...context, prompt, maxTokens, logprobs });
}

async function heard(
  outcome: RequestOutcome,
  context: TestContext & {
    readonly prompt: string;
    readonly maxTokens: number;
    readonly logprobs: CanaryAnswer['logprobs'];
  },
): Promise<Asked> {
  if (!outcome.ok) return { result: failedRun(outcome.failure, outcome.isRetried), answer: undefined };
  const { timings, isRetried } = outcome;
  const stranger = context.answering.meet(timings.model);
  if (stranger !== undefined) return { result: stranger, answer: undefined };
  const counts = await countedTokens(timings, context);
  const { text, chunks } = timings;
  const result: SuccessfulRun = {
    ...unmeasured,
    elapsed_s: (timings.endMs - timings.startMs) / 1000,
    prompt_tokens: counts.promptTokens ?? null,
    completion_tokens: counts.completionTokens,
    cached_tokens: timings.usage.cachedTokens ?? timings.own?.cachedTokens ?? null,
    token_count_source: counts.source,
    ...(isRetried ? { retried: true as const } : {}),
  };
  return { result, answer: { text, chunks, completionTokens: counts.completionTokens, logprobs: context.logprobs } };
}

const unmeasured = {
  success: true as const,
  tps: null,
  tps_source: null,
  ttft_s: null,
  queued_ttft_s: null,
  ttft_answer_s: null,
  tpot_s: null,
  prefill_tps: null,
  decode_s: null,
  itl_p50_s: null,
  itl_p95_s: null,
  itl_p99_s: null,
  load_s: null,
  draft_acceptance: null,
  server_timings: null,
  flags: [],
} satisfies Partial<SuccessfulRun>;
