import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { BenchmarkResult } from '../../src/benchmark/result.js';
import { endedJob, type Job, pausedJob, pendingJob, startedJob } from '../../src/jobs/job.js';
import {
  cancel,
  ended,
  fakeServer,
  job,
  jobIdOf,
  type RunningAgent,
  startAgent,
  submit,
} from '../fixtures/running-agent.js';
import { until } from '../fixtures/typhon-process.js';

const NOW = new Date();

/** What is noisy is not measured again. */
const PLANNED = 'benchmark: { extra_time: { quick: 0s } }\n';

/** What an earlier life of the agent has left. */
function keep(storage: string, left: Job): void {
  const folder = join(storage, 'logs', 'jobs');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${left.job_id}.json`), JSON.stringify(left));
}

async function askFull({ url }: RunningAgent, more = ''): Promise<string> {
  const response = await fetch(`${url}/jobs/run?mode=full${more}`, { method: 'POST' });
  if (response.status !== 202) throw new Error(`expected 202, got ${response.status}: ${await response.text()}`);
  return jobIdOf(await response.json());
}

t.test('high priority has a scheduled run pause after its test, which then goes on by itself', async (t) => {
  const server = await fakeServer(t, { tokenGapMs: 2 });
  const folder = t.testdir({ 'typhon.yaml': `${PLANNED}schedules: []\n` });
  const storage = join(folder, 'data');
  const asked = pendingJob('a3f1c820', { mode: 'quick', trigger: 'schedule:nightly', target: server.url }, NOW);
  keep(storage, pausedJob(asked, { resumesItself: true }, NOW));
  const agent = await startAgent(t, { storage, more: ['--config.file', join(folder, 'typhon.yaml')] });
  await until(async () => (await job(agent, asked.job_id)).progress.done > 0);
  const urgent = await submit(agent, server, '&priority=high');
  await until(async () => (await job(agent, urgent)).status !== 'pending');
  await server.set({ tokenGapMs: 0.05 });
  const first = await ended(agent, urgent);
  t.equal(first.status, 'done');
  const scheduled = await until(async () => {
    const found = await job(agent, asked.job_id);
    return found.status === 'done' && found;
  });
  const [result, between] = [scheduled.result as BenchmarkResult, first.result as BenchmarkResult];
  t.equal(result.segments.length, 2, 'it was interrupted once');
  const [, from = '', to = ''] = result.segments.flatMap((segment) => [segment.from, segment.to]);
  t.ok(from <= between.run_at && between.finished_at <= to, 'the urgent one ran between');
  t.same(
    result.benchmarks.map((test) => test.test_id),
    between.benchmarks.map((test) => test.test_id),
    'every test once',
  );
  const log = await (await fetch(`${agent.url}/jobs/${asked.job_id}/logs`)).text();
  t.match(log, new RegExp(`Pausing for job ${urgent}: it has high priority\\.`));
});

t.test(
  'a full run that would reach into the next schedule waits, also over a restart, unless it is urgent',
  async (t) => {
    const server = await fakeServer(t);
    const folder = t.testdir({
      'typhon.yaml': `${PLANNED}targets:
  - { name: box, url: "${server.url}" }
schedules:
  - { name: yearly, cron: "0 0 1 1 *", timezone: UTC }
`,
    });
    const storage = join(folder, 'data');
    // Whenever this is: two years reach into it.
    const twoYearsAgo = new Date(NOW.getTime() - 2 * 366 * 24 * 3_600_000);
    const long = startedJob(
      pendingJob('a3f1c820', { mode: 'full', trigger: 'api', target: 'box' }, twoYearsAgo),
      twoYearsAgo,
    );
    keep(storage, endedJob(long, { status: 'done', runId: '2026-11-21_14-30-45.123_a3f1c820' }, NOW));
    const start = { storage, more: ['--config.file', join(folder, 'typhon.yaml')] };
    const first = await startAgent(t, start);
    const id = await askFull(first);
    const waits = { status: 'pending', gives_way: { schedule: 'yearly', due_at: /-01-01T00:00:00.000Z$/ } };
    t.match(await job(first, id), waits);
    t.match(await (await fetch(`${first.url}/jobs/${id}/logs`)).text(), /Waiting for the schedule 'yearly', due at/);
    t.equal((await ended(first, await submit(first, server))).status, 'done', 'others run meanwhile');
    first.typhon.kill('SIGTERM');
    await first.typhon.ended();
    const second = await startAgent(t, start);
    t.match(await job(second, id), waits);
    const urgent = await askFull(second, '&priority=high');
    await until(async () => (await job(second, urgent)).status === 'running');
    t.match(await (await cancel(second, urgent)).json(), { status: 'cancelled' });
    t.match(await job(second, id), waits);
    const paused = await fetch(`${second.url}/schedules/yearly/pause`, { method: 'PUT' });
    t.equal(paused.status, 200);
    await until(async () => (await job(second, id)).status === 'running');
    t.match(await (await cancel(second, id)).json(), { status: 'cancelled' });
  },
);
