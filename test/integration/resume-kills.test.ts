import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { BenchmarkResult } from '../../src/benchmark/result.js';
import type { ForkedFakeLlmServer } from '../fixtures/forked-fake-llm-server.js';
import {
  chronicle,
  ended,
  everyFileIsWhole,
  fakeServer,
  job,
  type RunningAgent,
  startAgent,
  submit,
} from '../fixtures/running-agent.js';
import { seededRandom } from '../fixtures/seeded-random.js';
import { isAlive, runnersOf, until } from '../fixtures/typhon-process.js';

t.setTimeout(0);

function setting(name: string, usual: number): number {
  const value = Number(process.env[name] ?? usual);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`${name}: expected a whole number, got ${process.env[name]}`);
  return value;
}

const KILLS = setting('TYPHON_RESUME_KILLS', 6);
const SEED = setting('TYPHON_RESUME_SEED', 20_261_128);
/** So many lines of a job's log go by at most before something is killed. */
const MOST_LINES = 10;

const random = seededRandom(SEED);
const below = (count: number) => Math.floor(random() * count);

/** Resolves once so many further lines stand in the job's log, or the job has ended. */
async function linesWritten({ url }: RunningAgent, id: string, further: number): Promise<void> {
  const known = (await (await fetch(`${url}/jobs/${id}/logs`)).text()).split('\n').length - 1;
  const response = await fetch(`${url}/jobs/${id}/logs?follow=true`);
  let lines = 0;
  const decoder = new TextDecoder();
  if (response.body === null) return;
  for await (const bytes of response.body) {
    lines += decoder.decode(bytes).split('\n').length - 1;
    if (lines >= known + further) return;
  }
}

class Life {
  readonly #t: Test;
  readonly #storage: string;
  readonly #config: string;
  readonly #server: ForkedFakeLlmServer;
  readonly figures = { jobs: 0, agents: 0, runners: 0, resumed: 0 };
  #agent: RunningAgent | undefined;

  constructor(t: Test, server: ForkedFakeLlmServer) {
    this.#t = t;
    this.#server = server;
    const folder = t.testdir({ storage: {} });
    this.#storage = join(folder, 'storage');
    this.#config = join(folder, 'typhon.yaml');
    // A noisy machine would have the tests of one job repeated, and those of another not.
    writeFileSync(this.#config, 'schedules: []\nbenchmark: { extra_time: { quick: 0s } }\n');
  }

  get kills(): number {
    return this.figures.agents + this.figures.runners;
  }

  async start(): Promise<RunningAgent> {
    this.#agent = await startAgent(this.#t, { storage: this.#storage, more: ['--config.file', this.#config] });
    return this.#agent;
  }

  async job(): Promise<BenchmarkResult> {
    let agent = this.#agent ?? (await this.start());
    const id = await submit(agent, this.#server);
    this.figures.jobs += 1;
    while (this.kills < KILLS) {
      await linesWritten(agent, id, 1 + below(MOST_LINES));
      const isAgent = random() < 0.5;
      agent = await (isAgent ? this.#killAgent(agent) : this.#killRunner(agent, id));
      // Whatever it was doing; one that had not begun waits again by itself, and one that was through is done.
      const { status } = await job(agent, id);
      if (status === 'done') break;
      if (status === 'pending' || status === 'running') continue;
      const answer = await fetch(`${agent.url}/jobs/${id}/resume`, { method: 'POST' });
      if (answer.status !== 200) throw new Error(`${id} is ${status}: ${await answer.text()}`);
      this.figures.resumed += 1;
    }
    const { status, result } = await ended(agent, id);
    this.#t.equal(status, 'done', `${id} is done`);
    return result as BenchmarkResult;
  }

  /** Rows of the chronicle, by the run's tests. */
  rowsOf(runId: string): readonly unknown[] {
    return chronicle(this.#storage).flatMap((row) => (row['run_id'] === runId ? [row['test_id']] : []));
  }

  async #killAgent({ typhon }: RunningAgent): Promise<RunningAgent> {
    const runners = runnersOf(typhon.pid);
    typhon.kill('SIGKILL');
    await typhon.ended();
    this.figures.agents += 1;
    await until(() => runners.every((pid) => !isAlive(pid)));
    everyFileIsWhole(this.#t, this.#storage);
    return this.start();
  }

  async #killRunner(agent: RunningAgent, id: string): Promise<RunningAgent> {
    const runners = runnersOf(agent.typhon.pid);
    for (const pid of runners) process.kill(pid, 'SIGKILL');
    if (runners.length > 0) {
      this.figures.runners += 1;
      await ended(agent, id);
    }
    return agent;
  }
}

t.test(`${KILLS} kills of agents and runners, seed ${SEED}: every job ends done, with every test once`, async (t) => {
  const server = await fakeServer(t);
  const life = new Life(t, server);
  const agent = await life.start();
  const undisturbed = (await ended(agent, await submit(agent, server))).result as BenchmarkResult;
  const expected = undisturbed.benchmarks.map(({ test_id: id, runs }) => `${id} ${runs.length}`);
  let interrupted = 0;
  while (life.kills < KILLS) {
    const result = await life.job();
    t.same(
      result.benchmarks.map(({ test_id: id, runs }) => `${id} ${runs.length}`),
      expected,
    );
    t.same(result.skipped, undisturbed.skipped);
    t.same(
      life.rowsOf(result.run_id),
      result.benchmarks.flatMap(({ test_id: id, successful_runs: good }) => (good > 0 ? [id] : [])),
    );
    if (result.segments.length > 0) interrupted += 1;
  }
  t.comment(JSON.stringify({ ...life.figures, interrupted }));
  t.ok(life.figures.resumed > 0, 'some went on');
});
