import pino from 'pino';
import t, { type Test } from 'tap';
import { recordedVerdict, type VerdictSources, verdicts } from '../../src/agent/verdicts.js';
import { storagePaths } from '../../src/chronicle/storage.js';
import { loadConfig } from '../../src/config/load.js';
import { endedJob, type Job, type JobEnd, pendingJob, startedJob } from '../../src/jobs/job.js';
import { trendSettings } from '../../src/judging/trend-records.js';
import { benchmarkResult, testResult } from '../fixtures/benchmark-result.js';
import { type TargetHistory, writeTargetHistories } from '../fixtures/target-history.js';

const now = () => new Date('2026-11-21T14:30:00.000Z');
const logger = pino({ level: 'silent' });

interface JobFields {
  readonly trigger?: string;
  readonly target?: string;
  /** Whether it came so far that its plan was known. */
  readonly planned?: boolean;
}

function job(end: JobEnd, { trigger = 'api', target = 'box', planned = true }: JobFields = {}): Job {
  const begun = startedJob(pendingJob('a3f1c820', { mode: 'quick', trigger, target, model: 'qwen3' }, now()), now());
  return endedJob({ ...begun, progress: { done: 0, total: planned ? 5 : null, current_test: null } }, end, now());
}

const box = { name: 'box', url: 'http://box', model: 'auto', gpus: 'all', labels: {} } as const;

function verdictOf(fields: Partial<Omit<VerdictSources, 'store'>> & { readonly jobs?: readonly Job[] }) {
  const { jobs = [], ...sources } = fields;
  return verdicts({
    config: () => ({ targets: [box], schedules: [], metrics: { staleAfterMs: undefined } }),
    store: { page: () => [...jobs] },
    readResult: async () => benchmarkResult({ benchmarks: [testResult()] }),
    trends: () => [],
    targets: () => [],
    schedules: () => [],
    now,
    nowMs: () => 90_000,
    ...sources,
  });
}

async function recorded(t: Test, histories: readonly TargetHistory[], setting = {}) {
  const folder = t.testdir({});
  writeTargetHistories(folder, histories, now());
  const { config } = await loadConfig({ overrides: {}, environment: {}, directory: folder });
  const settings = trendSettings(config);
  return recordedVerdict(storagePaths(folder), { config: { ...config, ...setting }, settings, now, logger });
}

t.test('a target that is down is so since it was first seen to be, by whichever clock that was', async (t) => {
  const down = { name: 'box', labels: {}, state: 'down', detail: 'refused', sinceMs: 30_000 } as const;
  t.match(await verdictOf({ targets: () => [down] })(), {
    state: 'unreachable',
    since: '2026-11-21T14:29:00.000Z',
    likely_cause: 'refused',
  });
});

t.test('the first run of a target is told while it is under way, and of no other target', async (t) => {
  const shelf = { ...box, name: 'shelf', url: 'http://shelf' };
  const pending = pendingJob('a3f1c820', { mode: 'quick', trigger: 'api', target: 'box' }, now());
  const sentencesWith = async (jobs: readonly Job[]) => {
    const config = () => ({ targets: [box, shelf], schedules: [], metrics: { staleAfterMs: undefined } });
    const { targets } = await verdictOf({ config, jobs })();
    return targets.map(({ sentence }) => sentence).toSorted();
  };
  const unknown = (name: string) => `Nothing is known of ${name} yet: no run, and no word of its server.`;
  t.same(await sentencesWith([pending]), [unknown('box'), unknown('shelf')], 'it waits for its turn');
  const running = startedJob(pending, now());
  t.same(await sentencesWith([running]), [unknown('shelf'), 'The first run of box is under way.']);
  t.same(await sentencesWith([{ ...running, model: 'qwen3' }]), [
    unknown('shelf'),
    'The first run of qwen3 on box is under way.',
  ]);
  t.same(await sentencesWith([endedJob(running, { status: 'cancelled' }, now())]), [unknown('box'), unknown('shelf')]);
});

t.test('the tests of the newest run count, and its result is read once', async (t) => {
  const read: string[] = [];
  const failing = testResult({ name: 'Long generation stress', successful_runs: 0, error: 'timeout' });
  const ask = verdictOf({
    jobs: [job({ status: 'done', runId: 'new' }), job({ status: 'done', runId: 'old' })],
    readResult: async (runId) => {
      read.push(runId);
      return benchmarkResult({ benchmarks: [testResult(), failing] });
    },
  });
  t.match(await ask(), {
    state: 'failing',
    sentence: /^1 of 2 tests of qwen3 on box failed .*: Long generation stress\.$/,
  });
  await ask();
  t.same(read, ['new']);
});

t.test(
  'tests that were not begun as the server had gone count as failed, those left out on purpose do not',
  async (t) => {
    const skipped = [
      { test_id: 'long_gen', reason: 'server_down' },
      { test_id: 'ctx_sweep_8192', reason: 'needs 8320 tokens of context; the server has 4096' },
    ];
    const ask = verdictOf({
      jobs: [job({ status: 'done', runId: 'new' })],
      readResult: async () => benchmarkResult({ benchmarks: [testResult()], skipped }),
    });
    t.match(await ask(), {
      state: 'failing',
      sentence: /^1 of 2 tests of qwen3 on box failed .*: Long generation stress\.$/,
      likely_cause: 'The server went away and did not come back. (server_down)',
    });
  },
);

t.test('an answer of the canary that nothing explains is part of it', async (t) => {
  const changed = testResult({ findings: [{ code: 'output_changed', message: 'It answers otherwise.' }] });
  const ask = verdictOf({
    jobs: [job({ status: 'done', runId: 'new' })],
    readResult: async () => benchmarkResult({ benchmarks: [changed] }),
  });
  t.match(await ask(), { concern: /^It answers the canary's fixed request differently/ });
});

t.test('a job that was asked for by hand and never began says nothing of the target', async (t) => {
  const end = { status: 'error', error: 'the model is not loaded' } as const;
  const stateOf = async (fields: JobFields) => (await verdictOf({ jobs: [job(end, fields)] })()).state;
  t.equal(await stateOf({ planned: false }), 'unknown');
  t.equal(await stateOf({ planned: true }), 'failing');
  t.equal(await stateOf({ planned: false, trigger: 'schedule:nightly' }), 'failing');
});

t.test('from the disk alone: every target that was measured, the worst first', async (t) => {
  const verdict = await recorded(t, [
    { target: 'attic', model: 'qwen3' },
    { target: 'box', model: 'hermes', slower: 0.2 },
  ]);
  t.match(verdict, { state: 'slower', targets: [{ target: 'box' }, { target: 'attic', state: 'well' }] });
});

t.test('a target that left the configuration is missed by nobody', async (t) => {
  const histories = [
    { target: 'attic', model: 'qwen3' },
    { target: 'box', model: 'hermes', slower: 0.2 },
  ];
  const verdict = await recorded(t, histories, { targets: [{ ...box, name: 'attic' }] });
  t.match(verdict, { state: 'well', targets: { length: 1 } });
});
