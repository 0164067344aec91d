import { appendFile, rm } from 'node:fs/promises';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { sha256Of } from '../../src/benchmark/canary/canary-answer.js';
import type { CanaryResult } from '../../src/benchmark/canary/canary-result.js';
import type { BenchmarkResult } from '../../src/benchmark/result.js';
import { appendRows } from '../../src/chronicle/chronicle.js';
import { recordResult } from '../../src/chronicle/record.js';
import { rowsOf } from '../../src/chronicle/row.js';
import { checkStorage, type StoragePaths, storagePaths } from '../../src/chronicle/storage.js';
import { expectedCanary, withJudgedCanary } from '../../src/judging/canary-judging.js';
import { benchmarkResult, testResult } from '../fixtures/benchmark-result.js';
import { historyRow } from '../fixtures/history.js';
import { NONE } from '../fixtures/none.js';

const logger = pino({ level: 'silent' });
const DAY_MS = 86_400_000;

async function storage(t: Test): Promise<StoragePaths> {
  const paths = storagePaths(t.testdir({}));
  await checkStorage(paths, { minFreeBytes: 0 });
  return paths;
}

interface Answered extends Partial<Omit<BenchmarkResult, 'server'>> {
  readonly server?: Partial<BenchmarkResult['server']>;
  readonly canary?: Partial<CanaryResult>;
}

let runs = 0;

/** A run in which the model gave this answer, a day after the one before. */
function runWith(text: string, { server, canary, ...fields }: Answered = {}): BenchmarkResult {
  runs += 1;
  const at = new Date(Date.parse('2026-11-01T00:00:00.000Z') + runs * DAY_MS).toISOString();
  const answered: CanaryResult = {
    deterministic: true,
    sha256: sha256Of(text),
    text,
    diverges_at_token: null,
    other_text: null,
    logprobs: null,
    logprob_limit: null,
    logprob_shift: null,
    server_in_use: false,
    verdict: 'pending',
    reference: null,
    changes: [],
    ...canary,
  };
  const plain = benchmarkResult();
  return benchmarkResult({
    run_id: `${at.slice(0, 10)}_00-00-00.000_${String(runs).padStart(8, '0')}`,
    run_at: at,
    server: { ...plain.server, model_file: 'hermes.gguf', ...server },
    benchmarks: [testResult(), testResult({ test_id: 'canary', category: 'canary', canary: answered })],
    ...fields,
  });
}

/** Judged and recorded: what the canary of the run came to. */
async function judged(result: BenchmarkResult, paths: StoragePaths) {
  const { result: recorded } = await recordResult(await withJudgedCanary(result, paths, logger), paths);
  const test = recorded.benchmarks.find(({ test_id }) => test_id === 'canary');
  if (test?.canary == null) throw new Error('expected a canary');
  return { ...test.canary, match: test.canary_match, findings: test.findings };
}

const unknown = { canarySha256: undefined, canaryLogprobs: undefined };

/** An answer whose tokens were so likely, of answers that do not scatter. */
const likely = (...logprobs: number[]): Answered => ({ canary: { logprobs, logprob_limit: 1e-5 } });

async function verdicts(paths: StoragePaths, ...results: readonly BenchmarkResult[]): Promise<string[]> {
  const found: string[] = [];
  for (const result of results) found.push((await judged(result, paths)).verdict);
  return found;
}

t.test('the first answer is what later ones are held against', async (t) => {
  const paths = await storage(t);
  t.match(await judged(runWith('one'), paths), { verdict: 'pending', match: null, reference: null });
  t.match(await judged(runWith('one'), paths), { verdict: 'match', match: 1, findings: NONE });
});

t.test('another answer under the same circumstances is told, with both answers', async (t) => {
  const paths = await storage(t);
  const first = runWith('the sea was still');
  await judged(first, paths);
  const changed = await judged(runWith('the sea rose'), paths);
  t.match(changed, {
    verdict: 'output_changed',
    match: 0,
    text: 'the sea rose',
    reference: { run_id: first.run_id, run_at: first.run_at, text: 'the sea was still' },
    changes: NONE,
    findings: [{ code: 'output_changed', message: /from character 9 on “was still” became “rose”/ }],
  });
});

t.test('it is told until the old answer is back', async (t) => {
  const paths = await storage(t);
  const found = await verdicts(paths, ...['one', 'two', 'two', 'three', 'one', 'two'].map((text) => runWith(text)));
  t.same(found, ['pending', 'output_changed', 'output_changed', 'output_changed', 'match', 'output_changed']);
});

t.test('a change that is known is named, and the new answer is held to from then on', async (t) => {
  const changes: readonly [string, Answered][] = [
    ['model file hermes.gguf → hermes-v2.gguf', { server: { model_file: 'hermes-v2.gguf' } }],
    ['server version b9310 → b9400', { server: { version: 'b9400' } }],
    ['context length of the server 32768 → 4096 tokens', { server: { context_length: 4096 } }],
    ['quantisation q8_0 → q4_k_m', { server: { quantisation: 'Q4_K_M' } }],
  ];
  for (const [words, fields] of changes) {
    const paths = await storage(t);
    await judged(runWith('one'), paths);
    t.match(
      await judged(runWith('two', fields), paths),
      { verdict: 'explained', match: null, changes: [words] },
      words,
    );
    t.same(await verdicts(paths, runWith('two', fields), runWith('three', fields)), ['match', 'output_changed'], words);
  }
});

t.test('a new driver is such a change, and what only makes a machine slower is none', async (t) => {
  const paths = await storage(t);
  const plain = benchmarkResult().profile_snapshot;
  const withDriver = (driver_version: string) => ({
    profile_snapshot: { ...plain, gpus: plain.gpus.map((gpu) => ({ ...gpu, driver_version })) },
  });
  await judged(runWith('one', withDriver('550.54')), paths);
  t.match(await judged(runWith('two', withDriver('560.35')), paths), {
    verdict: 'explained',
    changes: ['GPU driver 550.54 → 560.35'],
  });
  const older = runWith('three', { ...withDriver('560.35'), agent_version: '0.0.9' });
  t.equal((await judged(older, paths)).verdict, 'output_changed');
});

t.test('what is changed afterwards explains no answer that was there before', async (t) => {
  const paths = await storage(t);
  const later = { server: { version: 'b9400' } };
  const found = await verdicts(paths, runWith('one'), runWith('two'), runWith('two', later), runWith('three', later));
  t.same(found, ['pending', 'output_changed', 'output_changed', 'explained']);
});

t.test('a server that is not deterministic or in use is not judged and leaves the reference alone', async (t) => {
  const paths = await storage(t);
  const torn: Answered = { canary: { deterministic: false, verdict: 'not_deterministic', other_text: 'one' } };
  const inUse: Answered = { canary: { server_in_use: true, verdict: 'server_in_use' } };
  const found = await verdicts(
    paths,
    runWith('two', inUse),
    runWith('one'),
    runWith('two', torn),
    runWith('two', inUse),
    runWith('one', inUse),
    runWith('one'),
  );
  t.same(found, ['server_in_use', 'pending', 'not_deterministic', 'server_in_use', 'match', 'match']);
});

t.test('each model of each target has its own answer', async (t) => {
  const paths = await storage(t);
  const found = await verdicts(
    paths,
    runWith('one'),
    runWith('two', { model: 'other' }),
    runWith('three', { target: 'elsewhere' }),
    runWith('four', { machine_id: 'another' }),
    runWith('one'),
    runWith('two', { model: 'other' }),
  );
  t.same(found, ['pending', 'pending', 'pending', 'pending', 'match', 'match']);
});

t.test('rows of a version without the canary say nothing', async (t) => {
  const paths = await storage(t);
  const { model, target, machine_id } = benchmarkResult();
  const old = historyRow({ model, target, machine_id, test_id: 'canary' });
  const { canary_sha256: _hash, canary_match: _match, ...before } = old;
  await appendRows(paths.chronicle, [historyRow({ model, target, machine_id }), before as typeof old]);
  t.equal((await judged(runWith('one'), paths)).verdict, 'pending');
});

t.test('a reference whose run is no longer kept still holds, without its text', async (t) => {
  const paths = await storage(t);
  const first = runWith('one');
  await judged(first, paths);
  await rm(`${paths.runs}/${first.run_id}`, { recursive: true });
  const changed = await judged(runWith('two'), paths);
  t.match(changed, { verdict: 'output_changed', reference: { text: null } });
  t.match(changed.findings[0]?.message, /nothing that is known was changed\.$/);
  const other = await judged(runWith('three', { server: { version: 'b9400' } }), paths);
  t.match(other, { verdict: 'explained', changes: ['server version b9310 → b9400'] });
});

t.test('a new baseline that the user declares makes the next answer the reference', async (t) => {
  const paths = await storage(t);
  const [first, second, third] = ['one', 'two', 'two'].map((text) => runWith(text));
  if (first === undefined || second === undefined || third === undefined) throw new Error('expected three runs');
  t.same(await verdicts(paths, first, second), ['pending', 'output_changed']);
  const reset = { at: new Date(Date.parse(second.run_at) + 1000).toISOString(), reason: 'a new template', series: {} };
  await appendFile(paths.baselineResets, `${JSON.stringify(reset)}\n`);
  t.same(await verdicts(paths, third, runWith('two'), runWith('one')), ['pending', 'match', 'output_changed']);
});

t.test('the answer to be expected is that of the reference', async (t) => {
  const paths = await storage(t);
  const { machine_id, target, model, workload_version } = benchmarkResult();
  const series = { machine_id, target, model, workload_version };
  t.same(await expectedCanary(series, paths, logger), unknown);
  await verdicts(paths, runWith('one'), runWith('two'));
  t.match(await expectedCanary(series, paths, logger), { canarySha256: sha256Of('one'), canaryLogprobs: undefined });
  await verdicts(paths, runWith('one', likely(-1, -2)));
  t.same(await expectedCanary(series, paths, logger), {
    canarySha256: sha256Of('one'),
    canaryLogprobs: { values: [-1, -2], limit: 1e-5 },
  });
});

t.test('a result without a canary is left as it is', async (t) => {
  const paths = await storage(t);
  const result = benchmarkResult();
  t.equal(await withJudgedCanary(result, paths, logger), result);
});

t.test('a chronicle that cannot be read leaves the canary pending', async (t) => {
  const paths = await storage(t);
  const unreadable = { ...paths, chronicle: paths.root };
  const result = runWith('one');
  t.same(await withJudgedCanary(result, unreadable, logger), result);
  t.same(await expectedCanary(result, unreadable, logger), unknown);
});

t.test('the row keeps the hash of what was judged or may be a reference', async (t) => {
  const paths = await storage(t);
  const row = async (result: BenchmarkResult) => {
    const [, canary] = rowsOf(await withJudgedCanary(result, paths, logger));
    return [canary?.canary_sha256, canary?.canary_match];
  };
  t.same(await row(runWith('one')), [sha256Of('one'), null]);
  t.same(await row(runWith('one', { canary: { verdict: 'not_deterministic', deterministic: false } })), [null, null]);
  t.same(await row(runWith('one', { canary: { verdict: 'server_in_use' } })), [null, null]);
  await judged(runWith('one'), paths);
  t.same(await row(runWith('one')), [sha256Of('one'), 1]);
  t.same(await row(runWith('two')), [sha256Of('two'), 0]);
});

t.test('the same words with other probabilities are told, with the first token that moved', async (t) => {
  const paths = await storage(t);
  await judged(runWith('one', likely(-1, -2, -3)), paths);
  t.match(await judged(runWith('one', likely(-1, -2, -3)), paths), { verdict: 'match', match: 1, logprob_shift: null });
  const moved = await judged(runWith('one', likely(-1, -2.0125, -4)), paths);
  t.match(moved, {
    verdict: 'output_changed',
    match: 0,
    logprob_shift: { token: 1, before: -2, after: -2.0125 },
    findings: [
      { code: 'output_changed', message: /same words .* token 2 moved from -2\.000000 to -2\.012500, by 0\.013/ },
    ],
  });
  const found = await verdicts(paths, runWith('one', likely(-1, -2.0125, -4)), runWith('one', likely(-1, -2, -3)));
  t.same(found, ['output_changed', 'match'], 'until the old ones are back');
});

t.test('what lies within the limit of either run is the same answer', async (t) => {
  const paths = await storage(t);
  const scattered = (limit: number, ...logprobs: number[]): Answered => ({
    canary: { logprobs, logprob_limit: limit },
  });
  const found = await verdicts(
    paths,
    runWith('one', likely(-1)),
    runWith('one', scattered(0.25, -1.2)),
    runWith('one', likely(-1.1)),
    runWith('one', likely(-1.1)),
    runWith('one', likely(-1.2)),
  );
  t.same(found, ['pending', 'match', 'match', 'match', 'output_changed']);
});

t.test('where one of two runs has no probabilities, words decide', async (t) => {
  const paths = await storage(t);
  const [first, second] = [runWith('one', likely(-1)), runWith('one')];
  t.same(await verdicts(paths, first, second, runWith('one', likely(-3)), runWith('one', likely(-3, -4))), [
    'pending',
    'match',
    'match',
    'match',
  ]);
  const other = await storage(t);
  const kept = runWith('one', likely(-1));
  await judged(kept, other);
  await rm(`${other.runs}/${kept.run_id}`, { recursive: true });
  t.equal((await judged(runWith('one', likely(-3)), other)).verdict, 'match', 'its run is no longer kept');
});

t.test('a change that is known explains other probabilities, but none that were there before it', async (t) => {
  const paths = await storage(t);
  const updated = (...logprobs: number[]): Answered => ({ ...likely(...logprobs), server: { version: 'b9400' } });
  t.equal((await judged(runWith('one', likely(-1)), paths)).verdict, 'pending');
  const explained = await judged(runWith('one', updated(-2)), paths);
  t.match(explained, { verdict: 'explained', match: null, changes: ['server version b9310 → b9400'], findings: NONE });
  t.same(await verdicts(paths, runWith('one', updated(-2)), runWith('one', updated(-3))), ['match', 'output_changed']);
  const again = (...logprobs: number[]): Answered => ({ ...likely(...logprobs), server: { version: 'b9500' } });
  t.same(await verdicts(paths, runWith('one', again(-3)), runWith('one', again(-4))), ['output_changed', 'explained']);
});

t.test('other probabilities count for nothing while the server works for somebody else', async (t) => {
  const paths = await storage(t);
  const inUse = {
    canary: { logprobs: [-2], logprob_limit: 1e-5, server_in_use: true, verdict: 'server_in_use' },
  } as const;
  const found = await verdicts(
    paths,
    runWith('one', likely(-1)),
    runWith('one', { canary: { ...inUse.canary, logprobs: [-2] } }),
    runWith('one', likely(-1)),
  );
  t.same(found, ['pending', 'server_in_use', 'match']);
});
