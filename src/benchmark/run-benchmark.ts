/** Runs a plan in order against one server: what the runner process does. */
import { AnsweringModel } from './answering-model.js';
import { measureRequest } from './client/request.js';
import { ExtraRuns } from './extra-runs.js';
import { mostTellingFirst } from './finding.js';
import { ModelWatch } from './model-watch.js';
import type { BenchmarkPlan, BenchmarkTest } from './plan.js';
import { PromptSizer } from './prompt-sizer.js';
import { fillerText, fillingPrompt, type Prompts } from './prompts.js';
import type { TestResult } from './result.js';
import { hasModel, onceLoaded, presenceOf, type WaitingRun } from './server-wait.js';
import { lostConnection, MODEL_NOT_LOADED, SERVER_DOWN } from './skip-reason.js';
import { type FinishedTest, runTest, type TestContext } from './test-run.js';

export interface BenchmarkRun extends WaitingRun {
  readonly plan: BenchmarkPlan;
  readonly prompts: Prompts;
  readonly newNonce: () => string;
  /** Tests of the plan that an earlier run of it has finished or skipped: they are passed over. */
  readonly finished?: readonly FinishedBefore[] | undefined;
  /** Aborts when no further test is to be begun. */
  readonly pause?: AbortSignal | undefined;
}

export interface FinishedBefore {
  readonly testId: string;
  readonly succeeded: boolean;
}

/** `paused`: the tests that are left can be run later. */
export type BenchmarkEnd = 'finished' | 'paused';

/** For what a run leaves behind to be put right again: less than a cancelled one has until it is killed. */
const LEAVE_TIMEOUT_MS = 1500;

/** Tests that ran and tests that did not, both in the plan's order. Rejects with the signal's reason when cancelled. */
export async function runBenchmark(run: BenchmarkRun): Promise<BenchmarkEnd> {
  const { pause } = run;
  try {
    return await runRest(run);
  } catch (error) {
    const isPaused = pause?.aborted === true && !run.signal.aborted;
    if (isPaused && error instanceof Error && error.name === 'AbortError') return 'paused';
    throw error;
  }
}

async function runRest(run: BenchmarkRun): Promise<BenchmarkEnd> {
  const finished = new Set((run.finished ?? []).map(({ testId }) => testId));
  const left = run.plan.tests.filter(({ testId }) => !finished.has(testId));
  if (left.length === 0) return 'finished';
  // Until the first test begins there is nothing to be finished first.
  const before = run.pause === undefined ? run : { ...run, signal: AbortSignal.any([run.signal, run.pause]) };
  const session = await run.server.openSession?.(run.model, before.signal);
  if (run.server.openSession !== undefined && session === undefined) {
    run.emit({ type: 'log', line: notLoaded(run) });
    for (const { testId } of left) run.emit({ type: 'test_skipped', testId, reason: MODEL_NOT_LOADED });
    return 'finished';
  }
  const server = session?.server ?? run.server;
  const context: TestContext = {
    ...run,
    server,
    sizer: new PromptSizer(server, run.model),
    answering: new AnsweringModel(),
    extraRuns: run.plan.extraRuns && new ExtraRuns(run.plan.extraRuns, run.plan.tests.filter(isMeasured).length),
  };
  try {
    const idleWaitMs = await warmClient(before, { ...context, signal: before.signal });
    return await runTests(run, { ...context, idleWaitMs }, new ModelWatch(session, run));
  } finally {
    await session?.leave(AbortSignal.timeout(LEAVE_TIMEOUT_MS));
  }
}

const WARM_WORDS = 16;
const CALIBRATION_WORDS = 512;

/**
 * One tiny request is made and thrown away, since the first one of a process costs several milliseconds extra. Where
 * prompts cannot be sized by a tokenizer a second one follows, from which their sizes are learnt: a first guess could
 * overrun the context, and a server that refuses the warm-up has ended the test. How long that one's only token was waited
 * for, in milliseconds, is what it resolves with; that of the first may hold a model's waking.
 */
async function warmClient(run: BenchmarkRun, context: TestContext): Promise<number | undefined> {
  run.emit({ type: 'phase', phase: 'connect_group', detail: run.server.apiBase });
  const sizes = [...new Set(run.plan.tests.flatMap(({ prompt }) => (prompt.kind === 'fill' ? [prompt.tokens] : [])))];
  let asked: Promise<void> | undefined;
  const onSent = () => {
    // A server that loads models on demand does so now; what the first tests meet is a loaded one.
    run.emit({ type: 'phase', phase: 'load_model', detail: run.model });
    // While the answer is waited for, the texts are written, a word is about a token, and counted.
    fillerText(Math.max(0, ...sizes));
    asked ??= context.sizer.askAhead([WARM_WORDS], sizes, run.signal);
  };
  const warm = await learn(context, run, { words: WARM_WORDS, onSent });
  await asked;
  // All sizes at once: what a tokenizer has counted is known when their tests come.
  await Promise.all([warm.teach(), ...sizes.map((tokens) => context.sizer.wordsFor(tokens, run.signal))]);
  if (sizes.length === 0 || context.sizer.hasTokenizer) return undefined;
  const calibrated = await learn(context, run, { words: CALIBRATION_WORDS });
  await calibrated.teach();
  return calibrated.waitMs;
}

interface Lesson {
  readonly words: number;
  readonly onSent?: (() => void) | undefined;
}

interface Learnt {
  /** Tells the sizer how long the prompt was. */
  readonly teach: () => Promise<void>;
  /** To the first token; `undefined` where none came. */
  readonly waitMs: number | undefined;
}

/** Makes a request of which only its prompt's length and its wait count. */
async function learn(context: TestContext, run: BenchmarkRun, { words, onSent }: Lesson): Promise<Learnt> {
  const nonce = context.newNonce();
  // No longer than any request of the plan may take.
  const forMs = Math.min(...run.plan.tests.map((test) => test.timeoutMs));
  const ask = () =>
    measureRequest({
      server: context.server,
      model: run.model,
      prompt: fillingPrompt(nonce, words),
      nonce,
      signal: run.signal,
      maxTokens: 1,
      timeoutMs: forMs,
      onSent,
    });
  const outcome = await onceLoaded(run, { forMs, ask });
  run.signal.throwIfAborted();
  if (outcome.ok) context.answering.meet(outcome.timings.model);
  // A failure here is no result: the first test meets the same one and records it.
  const promptTokens = outcome.ok
    ? (outcome.timings.usage.promptTokens ?? outcome.timings.own?.promptTokens)
    : undefined;
  const firstMs = outcome.ok ? outcome.timings.chunks[0]?.atMs : undefined;
  return {
    teach: async () => {
      if (promptTokens !== undefined) await context.sizer.observe(words, promptTokens, run.signal);
    },
    waitMs: outcome.ok && firstMs !== undefined ? firstMs - outcome.timings.startMs : undefined,
  };
}

async function runTests(run: BenchmarkRun, context: TestContext, watch: ModelWatch): Promise<BenchmarkEnd> {
  const before = new Map((run.finished ?? []).map(({ testId, succeeded }) => [testId, succeeded]));
  const succeeded = new Set([...before.keys()].filter((testId) => before.get(testId)));
  let previous: TestResult | undefined;
  let ended: string | undefined;
  for (const planned of run.plan.tests) {
    if (isMeasured(planned)) context.extraRuns?.nextTest();
    if (before.has(planned.testId)) continue;
    if (run.pause?.aborted === true) return 'paused';
    if (ended === undefined && previous !== undefined) ended = await endOfRun(previous, run, context);
    if (ended === undefined) await watch.check();
    const reason = ended ?? missingRequirement(planned, succeeded);
    const test = reason === undefined ? watch.fitted(planned) : { reason };
    if ('reason' in test) {
      run.emit({ type: 'test_skipped', testId: planned.testId, reason: test.reason });
      continue;
    }
    run.emit({ type: 'phase', phase: 'task_submission', testId: test.testId });
    run.emit({ type: 'test_started', testId: test.testId, name: test.name });
    const finished = await (isMeasured(test) ? runTest(test, context) : canaryFinished(test, context));
    previous = finished.test;
    if (previous.successful_runs > 0) succeeded.add(test.testId);
    const findings = mostTellingFirst([...watch.newFindings(), ...previous.findings]);
    const extraTimeLeftMs = context.extraRuns?.leftMs;
    run.emit({ type: 'test_finished', ...finished, test: { ...previous, findings }, extraTimeLeftMs });
    run.emit({ type: 'phase', phase: 'completion', testId: test.testId });
  }
  return 'finished';
}

/** Loaded when its turn comes: the runner's start does without. */
async function canaryFinished(test: BenchmarkTest, context: TestContext): Promise<FinishedTest> {
  const { runCanary } = await import('./canary/canary-run.js');
  return { test: await runCanary(test, context), window: undefined };
}

/** The canary is about what is answered, not how fast. */
function isMeasured({ category }: BenchmarkTest): boolean {
  return category !== 'canary';
}

/** Why no further test is begun after `previous`; `undefined` where the run goes on. */
async function endOfRun(previous: TestResult, run: BenchmarkRun, context: TestContext): Promise<string | undefined> {
  if (lostConnection(previous)) {
    const presence = await presenceOf(run);
    if (presence === 'gone') return SERVER_DOWN;
    if (presence === 'unloaded') return MODEL_NOT_LOADED;
    // It may still be loading, and its first request is a slow one.
    if (presence === 'back') await (await learn(context, run, { words: WARM_WORDS })).teach();
    return undefined;
  }
  // Somebody may have had the model put away: asking for it would load it, and push out another.
  if ((await hasModel(run)) !== false) return undefined;
  run.emit({ type: 'log', line: notLoaded(run) });
  return MODEL_NOT_LOADED;
}

function notLoaded({ model }: BenchmarkRun): string {
  return `${model} is not loaded any more: asking for it would load it.`;
}

function missingRequirement({ requires }: BenchmarkTest, succeeded: ReadonlySet<string>): string | undefined {
  return requires === undefined || succeeded.has(requires) ? undefined : `${requires} did not succeed`;
}
