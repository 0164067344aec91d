import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { firstPhases } from '../fixtures/first-phases.js';
import {
  cancel,
  ended,
  everyFileIsWhole,
  fakeServer,
  nothingIsRecorded,
  type RunningAgent,
  startAgent,
  submit,
} from '../fixtures/running-agent.js';
import { isAlive, runnersOf, until } from '../fixtures/typhon-process.js';

const preload = new URL('../fixtures/preloads/faulty-runner.mjs', import.meta.url).href;

interface FaultyAgent extends RunningAgent {
  readonly storage: string;
  /** What becomes of the runners that start from now on. */
  readonly plant: (phase: string, end: 'kill' | 'wedge' | '') => void;
}

async function faultyAgent(t: Test): Promise<FaultyAgent> {
  const folder = t.testdir({ storage: {} });
  const [storage, fault] = [join(folder, 'storage'), join(folder, 'fault')];
  const plant: FaultyAgent['plant'] = (phase, end) => writeFileSync(fault, `${phase} ${end}`);
  plant('', '');
  const start = { storage, nodeFlags: ['--import', preload], env: { TYPHON_TEST_FAULT: fault } };
  return { ...(await startAgent(t, start)), storage, plant };
}

interface Diagnostics {
  readonly supervisorRunners: readonly {
    readonly phase: string;
    readonly pid: number | null;
    readonly processAlive: boolean;
    readonly flightRecorder: readonly { readonly phase: string; readonly event: string }[];
  }[];
}

async function newestRunner({ url }: RunningAgent) {
  const answer = (await (await fetch(`${url}/v1/diagnostics/node`)).json()) as Diagnostics;
  return answer.supervisorRunners[0];
}

t.test('a runner that crashes, in whatever phase, is an error of its job alone', async (t) => {
  const server = await fakeServer(t);
  const agent = await faultyAgent(t);
  const phases = ['created', ...firstPhases, 'completion'];
  for (const phase of phases) {
    agent.plant(phase, 'kill');
    const failed = await ended(agent, await submit(agent, server));
    t.match(failed, { status: 'error', error: /the runner ended with SIGKILL/, result: null }, phase);
    const runner = await newestRunner(agent);
    t.equal(runner?.processAlive, false);
    t.equal(runner?.phase, 'error');
    t.ok(
      runner?.flightRecorder.some((entry) => entry.phase === phase),
      `its record has seen ${phase}`,
    );
    t.same(runnersOf(agent.typhon.pid), []);
  }
  nothingIsRecorded(t, agent.storage);
  agent.plant('', '');
  t.equal((await ended(agent, await submit(agent, server))).status, 'done', 'the next runner is none the worse');
  const metrics = await (await fetch(`${agent.url}/metrics`)).text();
  t.match(metrics, new RegExp(`^typhon_runner_crashes_total ${phases.length}$`, 'm'));
  everyFileIsWhole(t, agent.storage);
});

t.test('a runner that crashes while it is cancelled is cancelled', async (t) => {
  const server = await fakeServer(t, { fault: { kind: 'stall' } });
  const agent = await faultyAgent(t);
  for (const phase of ['cancel_observed', 'shutdown_cleanup']) {
    agent.plant(phase, 'kill');
    const id = await submit(agent, server);
    await until(async () => (await newestRunner(agent))?.phase === 'load_model');
    const answer = await cancel(agent, id);
    t.equal(answer.status, 200, phase);
    t.match(await answer.json(), { status: 'cancelled', error: null });
  }
  nothingIsRecorded(t, agent.storage);
});

t.test('a runner wedged in a loop: readable, cancelled within the grace, and never an orphan', async (t) => {
  const server = await fakeServer(t);
  const agent = await faultyAgent(t);
  agent.plant('decode_stream', 'wedge');
  const wedged = async () => {
    const id = await submit(agent, server);
    const pid = await until(async () => {
      const runner = await newestRunner(agent);
      return runner?.phase === 'decode_stream' && runner.processAlive && (runner.pid ?? undefined);
    });
    return { id, pid };
  };
  const first = await wedged();
  t.equal((await cancel(agent, first.id)).status, 200);
  t.notOk(isAlive(first.pid));
  const second = await wedged();
  agent.typhon.kill('SIGKILL');
  await agent.typhon.ended();
  await until(() => !isAlive(second.pid));
  nothingIsRecorded(t, agent.storage);
});

t.test('nor where its agent is ended by a second signal', async (t) => {
  const server = await fakeServer(t);
  const agent = await faultyAgent(t);
  agent.plant('decode_stream', 'wedge');
  await submit(agent, server);
  const pid = await until(async () => {
    const runner = await newestRunner(agent);
    return runner?.phase === 'decode_stream' && (runner.pid ?? undefined);
  });
  agent.typhon.kill('SIGTERM');
  await agent.typhon.written(/typhon stops/);
  agent.typhon.kill('SIGINT');
  t.equal((await agent.typhon.ended()).code, 130);
  await until(() => !isAlive(pid));
  everyFileIsWhole(t, agent.storage);
});
