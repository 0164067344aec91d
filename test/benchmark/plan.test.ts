import t from 'tap';
import { CANARY_PROMPT } from '../../src/benchmark/canary/canary-prompt.js';
import {
  type BenchmarkPlan,
  type BenchmarkTest,
  benchmarkModes,
  contextSizes,
  type PlanInput,
  planBenchmark,
} from '../../src/benchmark/plan.js';
import { builtInPrompts, withNonce } from '../../src/benchmark/prompts.js';

const GIB = 2 ** 30;

function plan(input: Partial<PlanInput> = {}): BenchmarkPlan {
  return planBenchmark({ mode: 'full', vramBytes: undefined, contextLength: undefined, timeoutMs: 120_000, ...input });
}

function ids({ tests }: BenchmarkPlan): string[] {
  return tests.map((test) => test.testId);
}

function only(from: BenchmarkPlan, testId: string): BenchmarkTest {
  const test = from.tests.find((one) => one.testId === testId);
  if (test === undefined) throw new Error(`the plan has no ${testId}`);
  return test;
}

const sweep = (...sizes: number[]) => sizes.map((size) => `ctx_sweep_${size}`);
const load = ['concurrency_2', 'concurrency_4', 'concurrency_8'];

t.test('VRAM decides the context sizes', async (t) => {
  const rows: readonly [number | undefined, number[]][] = [
    [undefined, [2048, 4096, 8192]],
    [0, [2048, 4096, 8192]],
    [6, [2048, 4096, 8192]],
    [8, [2048, 4096, 8192, 16_384]],
    [12, [2048, 4096, 8192, 16_384]],
    [16, [2048, 4096, 8192, 16_384, 32_768]],
    [20, [2048, 4096, 8192, 16_384, 32_768]],
    [24, [2048, 4096, 8192, 16_384, 32_768, 65_536]],
    [80, [2048, 4096, 8192, 16_384, 32_768, 65_536]],
  ];
  for (const [gib, sizes] of rows) {
    t.same(contextSizes(gib === undefined ? undefined : gib * GIB), sizes, `${gib} GiB`);
  }
});

t.test('a card counts as its nominal size, though it reports less', async (t) => {
  // As drivers report them: an RTX 4090, an A10 with ECC on, an RTX 4060 and a Tesla T4.
  t.equal(contextSizes(24_564 * 2 ** 20).at(-1), 65_536);
  t.equal(contextSizes(23_028 * 2 ** 20).at(-1), 65_536);
  t.equal(contextSizes(8188 * 2 ** 20).at(-1), 16_384);
  t.equal(contextSizes(15_360 * 2 ** 20).at(-1), 32_768);
  // An RTX 2080 Ti and a GTX 1660.
  t.equal(contextSizes(11_264 * 2 ** 20).at(-1), 16_384);
  t.equal(contextSizes(6144 * 2 ** 20).at(-1), 8192);
});

t.test('quick takes the first three sizes, whatever the VRAM', async (t) => {
  const expected = ['baseline_short', ...sweep(2048, 4096, 8192), 'long_gen', 'canary'];
  for (const gib of [0, 8, 16, 24, 96]) t.same(ids(plan({ mode: 'quick', vramBytes: gib * GIB })), expected);
});

t.test('full takes all sizes, the load tests, and the memory wall from 8 GB on', async (t) => {
  const of = (gib: number | undefined) => ids(plan({ vramBytes: gib === undefined ? undefined : gib * GIB }));
  t.same(of(undefined), ['baseline_short', ...sweep(2048, 4096, 8192), 'long_gen', ...load, 'canary']);
  t.same(of(6), of(undefined));
  t.same(of(8), ['baseline_short', ...sweep(2048, 4096, 8192, 16_384), 'long_gen', ...load, 'memory_wall', 'canary']);
  t.same(of(16).slice(1, 6), sweep(2048, 4096, 8192, 16_384, 32_768));
  t.same(of(24).slice(1, 7), sweep(2048, 4096, 8192, 16_384, 32_768, 65_536));
  t.equal(only(plan({ vramBytes: 24 * GIB }), 'memory_wall').ctxSize, 65_536, 'at the largest size');
});

t.test('zeus takes its two tests and the canary; the second needs the first', async (t) => {
  const zeus = plan({ mode: 'zeus', vramBytes: 80 * GIB });
  t.same(ids(zeus), ['zeus_131072', 'zeus_262144', 'canary']);
  t.equal(zeus.tests[0]?.requires, undefined);
  t.equal(zeus.tests[1]?.requires, 'zeus_131072');
});

t.test('each test has the sizes, runs and category of the table', async (t) => {
  const full = plan({ vramBytes: 24 * GIB });
  const quick = plan({ mode: 'quick' });
  const zeus = plan({ mode: 'zeus' });
  const row = ({ category, ctxSize, maxTokens, nRuns, concurrency }: BenchmarkTest) => [
    category,
    ctxSize,
    maxTokens,
    nRuns,
    concurrency,
  ];
  t.same(row(only(full, 'baseline_short')), ['baseline', 2048, 64, 3, 1]);
  t.same(row(only(quick, 'baseline_short')), ['baseline', 2048, 64, 3, 1]);
  t.same(row(only(quick, 'ctx_sweep_4096')), ['context_sweep', 4096, 256, 2, 1]);
  t.same(row(only(full, 'ctx_sweep_4096')), ['context_sweep', 4096, 256, 3, 1]);
  t.same(row(only(quick, 'long_gen')), ['stress', 8192, 1024, 2, 1]);
  t.same(row(only(full, 'concurrency_8')), ['load', 2048, 128, 2, 8]);
  t.same(row(only(full, 'memory_wall')), ['memory_wall', 65_536, 512, 1, 1]);
  t.same(row(only(zeus, 'zeus_131072')), ['zeus', 131_072, 128, 1, 1]);
  for (const each of [full, quick, zeus]) t.same(row(only(each, 'canary')), ['canary', 2048, 64, 2, 1]);
  t.same(row(only(zeus, 'zeus_262144')), ['zeus', 262_144, 128, 1, 1]);
});

t.test('names follow one pattern', async (t) => {
  const full = plan({ vramBytes: 24 * GIB });
  t.equal(only(full, 'baseline_short').name, 'Baseline (short prompt)');
  t.equal(only(full, 'ctx_sweep_8192').name, 'Context sweep — 8,192 tokens');
  t.equal(only(full, 'long_gen').name, 'Long generation stress');
  t.equal(only(full, 'memory_wall').name, 'Memory wall detection');
  t.equal(only(full, 'canary').name, 'Output canary');
  const names = [...full.tests, ...plan({ mode: 'zeus' }).tests.slice(0, 2)].map((test) => test.name);
  t.equal(new Set(names).size, names.length);
});

t.test('context tests fill their context, the others have a short prompt', async (t) => {
  const full = plan({ vramBytes: 24 * GIB });
  t.same(only(full, 'baseline_short').prompt, { kind: 'fixed', prompt: 'short' });
  t.same(only(full, 'concurrency_4').prompt, { kind: 'fixed', prompt: 'short' });
  t.same(only(full, 'long_gen').prompt, { kind: 'fixed', prompt: 'long' });
  t.same(only(full, 'ctx_sweep_16384').prompt, { kind: 'fill', tokens: 16_384 });
  t.same(only(full, 'memory_wall').prompt, { kind: 'fill', tokens: 65_536 });
});

t.test("a size beyond the server's context is skipped with the reason", async (t) => {
  const full = plan({ vramBytes: 24 * GIB, contextLength: 32_768 });
  t.same(ids(full).slice(1, 7), [...sweep(2048, 4096, 8192, 16_384, 32_768), 'long_gen']);
  t.same(full.skipped, [{ testId: 'ctx_sweep_65536', reason: "exceeds the server's context length (32768)" }]);
  t.equal(only(full, 'memory_wall').ctxSize, 32_768, 'the largest that the server can hold');
  const zeus = plan({ mode: 'zeus', contextLength: 131_072 });
  t.same(ids(zeus), ['zeus_131072', 'canary']);
  t.same(zeus.skipped, [{ testId: 'zeus_262144', reason: "exceeds the server's context length (131072)" }]);
});

t.test('a server with a tiny context keeps what fits', async (t) => {
  const tiny = plan({ contextLength: 512, vramBytes: 24 * GIB });
  t.same(ids(tiny), ['baseline_short', 'concurrency_2', 'concurrency_4', 'concurrency_8', 'canary']);
  t.same(tiny.skipped.map((skipped) => skipped.testId).toSorted(), [
    ...sweep(16_384, 2048, 32_768, 4096, 65_536, 8192),
    'long_gen',
    'memory_wall',
  ]);
  t.same(plan({ mode: 'zeus', contextLength: 8192 }).tests, [], 'there may be nothing left');
  t.match(
    plan({ mode: 'zeus', contextLength: 8192 }).skipped,
    [{}, {}, { testId: 'canary', reason: 'no other test can be run' }],
    'and nobody is asked for an answer alone',
  );
});

t.test('prompt, output and template fit into the context', async (t) => {
  for (const contextLength of [300, 400, 2048, 2049, 2200, 2320, 4096, 8192, 8400, 10_000, 32_768, 65_536, 131_072]) {
    for (const mode of benchmarkModes) {
      for (const test of plan({ mode, contextLength, vramBytes: 24 * GIB }).tests) {
        if (test.prompt.kind !== 'fill') continue;
        t.ok(test.prompt.tokens + test.maxTokens + 16 <= contextLength, `${test.testId} in ${contextLength}`);
        t.ok(test.prompt.tokens <= test.ctxSize, 'never longer than its size');
        t.ok(test.prompt.tokens > test.ctxSize / 2, 'nor so short that it would be another test');
      }
    }
  }
  const roomy = plan({ contextLength: 8192 + 256 + 16 });
  t.same(only(roomy, 'ctx_sweep_8192').prompt, { kind: 'fill', tokens: 8192 }, 'shortened only where it must be');
  t.same(only(plan({ contextLength: 8192 }), 'ctx_sweep_8192').prompt, { kind: 'fill', tokens: 8192 - 256 - 16 });
});

t.test('no test is lost: it is planned or skipped, once', async (t) => {
  for (const mode of benchmarkModes) {
    const all = ids(plan({ mode, vramBytes: 24 * GIB }));
    for (const contextLength of [1, 300, 2048, 5000, 32_768, 200_000]) {
      const { tests, skipped } = plan({ mode, vramBytes: 24 * GIB, contextLength });
      const told = [...tests, ...skipped].map((test) => test.testId);
      t.same(told.toSorted(), all.toSorted(), `${mode}, ${contextLength}`);
    }
  }
});

t.test('timeouts grow with the prompt and have floors', async (t) => {
  const full = plan({ vramBytes: 24 * GIB });
  const timeouts = Object.fromEntries(full.tests.map((test) => [test.testId, test.timeoutMs / 1000]));
  t.equal(timeouts['baseline_short'], 120);
  t.equal(timeouts['concurrency_8'], 120);
  t.equal(timeouts['ctx_sweep_2048'], 120 + 5 * 2.048);
  t.equal(timeouts['ctx_sweep_65536'], 120 + 5 * 65.536);
  t.equal(timeouts['long_gen'], 180);
  t.equal(timeouts['memory_wall'], 120 + 5 * 65.536);
  t.equal(only(plan({ vramBytes: 8 * GIB, contextLength: 2048 }), 'memory_wall').timeoutMs, 180_000, 'its floor');
  const zeus = plan({ mode: 'zeus' });
  t.equal(only(zeus, 'zeus_131072').timeoutMs, 120_000 + 5 * 131_072);
  t.equal(only(plan({ mode: 'zeus', timeoutMs: 300_000 }), 'zeus_131072').timeoutMs, 5 * 300_000, 'its floor');
});

t.test('a timeout is one that a timer can wait for, whatever was configured', async (t) => {
  for (const timeoutMs of [1000, 1001, 333_333, 2 ** 31 - 1]) {
    for (const mode of benchmarkModes) {
      for (const test of plan({ mode, timeoutMs, vramBytes: 24 * GIB }).tests) {
        t.ok(Number.isInteger(test.timeoutMs), `${test.timeoutMs} is whole`);
        t.ok(test.timeoutMs >= timeoutMs && test.timeoutMs < 2 ** 31, 'and neither cut nor beyond the timer');
      }
    }
  }
});

t.test('the fixed prompts fit into the room that the plan leaves beside their output', async (t) => {
  const { tests } = plan({ contextLength: 64 + 256 });
  t.same(
    tests.map((test) => test.testId),
    ['baseline_short', 'canary'],
  );
  // Even at one token for each two characters.
  for (const text of Object.values(builtInPrompts)) t.ok(withNonce('0f1e2d3c4b5a6978', text).length / 2 < 256);
  t.ok(CANARY_PROMPT.length / 2 < 256);
});
