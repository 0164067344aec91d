import t, { type Test } from 'tap';
import { jobIdOf } from '../../src/chronicle/run-id.js';
import {
  chronicle,
  ended,
  everyFileIsWhole,
  fakeServer,
  job,
  listed,
  type RunningAgent,
  runFolders,
  STALLED,
  startAgent,
  submit,
} from '../fixtures/running-agent.js';
import { seededRandom } from '../fixtures/seeded-random.js';
import { isAlive, runnersOf, until } from '../fixtures/typhon-process.js';

async function killed(t: Test, { typhon }: RunningAgent, storage: string): Promise<void> {
  const runners = runnersOf(typhon.pid);
  typhon.kill('SIGKILL');
  await typhon.ended();
  await until(() => runners.every((pid) => !isAlive(pid)));
  everyFileIsWhole(t, storage);
}

t.test('kill -9 in the middle of a run, then a start: no orphan, every file whole, the history complete', async (t) => {
  const server = await fakeServer(t);
  const storage = t.testdir({});
  const history: string[] = [];
  const expected = new Map<string, readonly string[]>();
  // While the plan is made, while the first test runs, while a later one does, and right after the end.
  const moments = ['submitted', 'first test', 'later test', 'done'] as const;
  const checked = async (agent: RunningAgent) => {
    for (const id of history) {
      const { status } = await ended(agent, id);
      t.ok(expected.get(id)?.includes(status), `${id} is ${status}, expected ${expected.get(id)}`);
    }
  };
  for (const moment of moments) {
    await server.set({ fault: undefined, faults: [] });
    const agent = await startAgent(t, { storage });
    await checked(agent);
    // Without a tokenizer the first two requests are thrown away; the next three are the first test's.
    const stalls = moment === 'later test' ? [...Array(5).fill(null), ...Array(9).fill(STALLED.fault)] : [];
    await server.set({ fault: moment === 'first test' ? STALLED.fault : undefined, faults: stalls });
    const id = await submit(agent, server);
    history.push(id);
    // One that had not begun on disk waits again and runs.
    if (moment === 'submitted') expected.set(id, ['interrupted', 'done']);
    else expected.set(id, [moment === 'done' ? 'done' : 'interrupted']);
    await until(async () => {
      const { status, progress } = await job(agent, id);
      if (moment === 'first test') return progress.current_test !== null;
      if (moment === 'later test') return progress.done > 0;
      return moment === 'submitted' || status === 'done';
    });
    await killed(t, agent, storage);
  }
  const agent = await startAgent(t, { storage });
  await checked(agent);
  t.same(await listed(agent), history.toReversed());
  t.match(await job(agent, history[1] ?? ''), { status: 'interrupted', error: /the agent ended/ });
});

const KILLS = 10;
const LONGEST_RUN_MS = 700;

t.test('kill -9 wherever chance has it: what reads done is recorded whole, and nothing else is', async (t) => {
  const server = await fakeServer(t);
  const storage = t.testdir({});
  const random = seededRandom(20_261_122);
  const history: string[] = [];
  for (let kill = 0; kill < KILLS; kill += 1) {
    const agent = await startAgent(t, { storage });
    // A job that waited runs first.
    for (const id of history) await ended(agent, id);
    history.push(await submit(agent, server));
    const diesAtMs = performance.now() + LONGEST_RUN_MS * random();
    await until(() => performance.now() >= diesAtMs);
    await killed(t, agent, storage);
  }
  const agent = await startAgent(t, { storage });
  const recorded = new Set(chronicle(storage).map((row) => row['run_id']));
  const done = new Set<unknown>();
  const interrupted: string[] = [];
  for (const id of history) {
    const { status, run_id: runId, result } = await ended(agent, id);
    t.ok(status === 'done' || status === 'interrupted', `${id} is ${status}`);
    if (status === 'interrupted') interrupted.push(id);
    if (status !== 'done') continue;
    done.add(runId);
    t.ok(recorded.has(runId), 'its rows are in the chronicle');
    t.match(result, { run_id: runId });
  }
  t.same(await listed(agent), history.toReversed());
  // Between the rows and last_run.json, with which a record ends, a job is neither one nor the other: few kills meet that.
  const unfinished = [...recorded].filter((runId) => !done.has(runId));
  t.ok(unfinished.length <= KILLS / 3, `${unfinished.length} recorded without a job that is done`);
  for (const runId of unfinished) {
    t.ok(interrupted.includes(jobIdOf(String(runId)) ?? ''), `${runId} was broken off while it was recorded`);
  }
  t.ok(runFolders(storage).length >= recorded.size, 'every row has its run');
});
