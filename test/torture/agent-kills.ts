/**
 * `npm run torture`: kills a real agent over and over, at random moments of its start and its runs and at changes of its
 * disk, and starts it again. Bounded by count. What has ended must stay as it ended, what was recorded must stay recorded.
 */
import { type FSWatcher, readdirSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { benchmarkResultSchema } from '../../src/benchmark/result.js';
import { isActive, type Job, jobSchema } from '../../src/jobs/job.js';
import type { ForkedFakeLlmServer } from '../fixtures/forked-fake-llm-server.js';
import {
  chronicle,
  everyFileIsWhole,
  fakeServer,
  type RunningAgent,
  runFolders,
  spawnAgent,
  startAgent,
  submit,
} from '../fixtures/running-agent.js';
import { seededRandom } from '../fixtures/seeded-random.js';
import { childrenOf, isAlive, until } from '../fixtures/typhon-process.js';

function setting(name: string, usual: number): number {
  const value = Number(process.env[name] ?? usual);
  if (!Number.isInteger(value) || value < 0)
    throw new Error(`${name}: expected a whole number, got ${process.env[name]}`);
  return value;
}

const KILLS = setting('TYPHON_TORTURE_KILLS', 300);
const CHANGES = setting('TYPHON_TORTURE_CHANGES', 60);
const SEED = setting('TYPHON_TORTURE_SEED', 20_261_121);
// A history that grows makes each start a little slower.
const KILLS_PER_STORAGE = 60;
/** Of the kills at random moments, so many come before the agent listens: what settles the last life is killed, too. */
const SHARE_AT_START = 0.2;
/** A runner notices that its parent is gone by its channel. */
const ORPHAN_PATIENCE_MS = 15_000;
const MOST_CHANGES = 60;

const figures = {
  kills: 0,
  at_start: 0,
  on_change: 0,
  orphans: 0,
  unreadable: 0,
  lost: 0,
  not_done: 0,
  changed: 0,
  twice: 0,
};
type Count = keyof typeof figures;

class Life {
  readonly #t: Test;
  readonly #storage: string;
  readonly #server: ForkedFakeLlmServer;
  /** Jobs that were seen to have ended, on disk or over HTTP. */
  readonly #ended = new Map<string, string>();

  constructor(t: Test, storage: string, server: ForkedFakeLlmServer) {
    this.#t = t;
    this.#storage = storage;
    this.#server = server;
  }

  /** Resolves with how long a start and a run take here. */
  async rehearse(): Promise<{ readonly startMs: number; readonly runMs: number }> {
    const beganMs = performance.now();
    const agent = await this.#start();
    const listensMs = performance.now();
    const id = await submit(agent, this.#server);
    await until(() => this.#jobs().some((job) => job.job_id === id && job.status === 'done'));
    const doneMs = performance.now();
    await this.#kill(agent.typhon);
    return { startMs: listensMs - beganMs, runMs: doneMs - listensMs };
  }

  async killAtStart(afterMs: number): Promise<void> {
    const typhon = spawnAgent(this.#t, { storage: this.#storage });
    await delay(afterMs);
    figures.at_start += 1;
    await this.#kill(typhon);
  }

  async killAfter(ms: number): Promise<void> {
    const agent = await this.#start();
    await submit(agent, this.#server, '&on_busy=queue');
    await delay(ms);
    await this.#kill(agent.typhon);
  }

  /** Kills at the change of a file that has this number, counted from the asking for a run. */
  async killAtChange(number: number): Promise<void> {
    const agent = await this.#start();
    let changes = 0;
    let watcher: FSWatcher | undefined;
    const changed = new Promise<void>((resolve) => {
      watcher = watch(this.#storage, { recursive: true }, () => {
        changes += 1;
        if (changes === number) resolve();
      });
    });
    const id = await submit(agent, this.#server, '&on_busy=queue');
    let isKilled = false;
    const done = until(() => isKilled || this.#jobs().some((job) => job.job_id === id && !isActive(job)));
    // A run that changes less is killed at its end.
    await Promise.race([changed, done]);
    figures.on_change += 1;
    await this.#kill(agent.typhon);
    isKilled = true;
    watcher?.close();
    await done;
  }

  /** What is left at the end of it all. */
  async audit(): Promise<void> {
    const agent = await this.#start();
    await until(() => this.#jobs().every((job) => !isActive(job)));
    this.#look();
    const jobs = this.#jobs();
    const rows = chronicle(this.#storage).filter((row) => typeof row === 'object');
    for (const job of jobs.filter(({ status }) => status === 'done')) {
      const result = this.#resultOf(String(job.run_id));
      if (result === undefined) {
        this.#count('lost', `${job.job_id} is done without its run ${job.run_id}`);
        continue;
      }
      const wanted = result.benchmarks.filter(({ successful_runs: good }) => good > 0).map(({ test_id: id }) => id);
      const found = rows.filter((row) => row['run_id'] === job.run_id).map((row) => String(row['test_id']));
      for (const id of wanted) if (!found.includes(id)) this.#count('lost', `${job.run_id} has no row of ${id}`);
      if (new Set(found).size !== found.length) this.#count('twice', `${job.run_id} has rows twice: ${found}`);
    }
    const last = JSON.parse(readFileSync(join(this.#storage, 'last_run.json'), 'utf8'));
    if (last.run_id !== runFolders(this.#storage).sort().at(-1))
      this.#count('lost', `${last.run_id} is not the last run`);
    await this.#kill(agent.typhon);
  }

  async #start(): Promise<RunningAgent> {
    const agent = await startAgent(this.#t, { storage: this.#storage });
    // It listens: the last life is settled.
    const jobs = new Map(this.#jobs().map((job) => [job.job_id, job]));
    for (const runId of runFolders(this.#storage)) {
      const job = jobs.get(runId.slice(-8));
      if (job?.run_id !== runId || job.status !== 'done')
        this.#count('not_done', `${runId} is whole, its job ${job?.status}`);
    }
    return agent;
  }

  async #kill(typhon: RunningAgent['typhon']): Promise<void> {
    const children = childrenOf(typhon.pid);
    typhon.kill('SIGKILL');
    await typhon.ended();
    figures.kills += 1;
    const deadlineMs = performance.now() + ORPHAN_PATIENCE_MS;
    await until(() => children.every((pid) => !isAlive(pid)) || performance.now() > deadlineMs);
    for (const pid of children.filter(isAlive)) this.#count('orphans', `process ${pid} is left`);
    try {
      everyFileIsWhole(this.#t, this.#storage);
    } catch (error) {
      this.#count('unreadable', String(error));
    }
    this.#look();
  }

  /** Compares every job that has ended with how it had ended before. */
  #look(): void {
    for (const job of this.#jobs()) {
      if (isActive(job)) continue;
      const state = `${job.status} ${job.run_id} ${job.finished_at}`;
      const before = this.#ended.get(job.job_id) ?? state;
      if (before !== state) this.#count('changed', `${job.job_id} was ${before} and is ${state}`);
      this.#ended.set(job.job_id, state);
    }
    const there = new Set(this.#jobs().map(({ job_id: id }) => id));
    for (const id of this.#ended.keys()) if (!there.has(id)) this.#count('lost', `job ${id} is gone`);
  }

  #jobs(): readonly Job[] {
    const folder = join(this.#storage, 'logs', 'jobs');
    try {
      return readdirSync(folder)
        .filter((name) => !name.startsWith('.'))
        .map((name) => jobSchema.parse(JSON.parse(readFileSync(join(folder, name), 'utf8'))));
    } catch (error) {
      // Killed before it made its folders.
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw error;
    }
  }

  #resultOf(runId: string) {
    try {
      const file = join(this.#storage, 'runs', runId, 'result.json');
      return benchmarkResultSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    } catch {
      return undefined;
    }
  }

  #count(what: Count, words: string): void {
    figures[what] += 1;
    this.#t.comment(`${what}: ${words}`);
  }
}

t.setTimeout(0);
const random = seededRandom(SEED);
const moments = [
  ...Array.from({ length: KILLS }, () => (random() < SHARE_AT_START ? 'start' : 'run') as 'start' | 'run'),
  ...Array.from({ length: CHANGES }, () => 'change' as const),
];

for (let first = 0; first < moments.length; first += KILLS_PER_STORAGE) {
  const part = moments.slice(first, first + KILLS_PER_STORAGE);
  t.test(`kills ${first + 1} to ${first + part.length} of ${moments.length}, seed ${SEED}`, async (t) => {
    const server = await fakeServer(t);
    const life = new Life(t, t.testdir({}), server);
    const { startMs, runMs } = await life.rehearse();
    for (const moment of part) {
      if (moment === 'start') await life.killAtStart(startMs * 1.1 * random());
      else if (moment === 'run') await life.killAfter(runMs * 1.3 * random());
      else await life.killAtChange(1 + Math.floor(MOST_CHANGES * random()));
    }
    await life.audit();
    t.comment(JSON.stringify(figures));
  });
}

t.test('nothing was left behind, lost, or told otherwise than before', async (t) => {
  t.comment(JSON.stringify(figures));
  const { kills, at_start, on_change, ...faults } = figures;
  t.ok(kills >= moments.length);
  t.equal(on_change, CHANGES);
  t.same(faults, { orphans: 0, unreadable: 0, lost: 0, not_done: 0, changed: 0, twice: 0 }, `${at_start} at the start`);
});
