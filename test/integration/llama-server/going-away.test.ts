/** A real llama-server that goes away during a benchmark, and comes back as it was or with another model. */
import t, { type Test } from 'tap';
import { type LlamaServer, skipWithoutLlamaServer, startLlamaServer, tinyModel } from '../../fixtures/llama-server.js';
import {
  everyRequestSucceeded,
  plannedRunsOnly,
  recordedRun,
  resultOf,
  startRun,
} from '../../fixtures/recorded-run.js';
import { until } from '../../fixtures/typhon-process.js';

const skip = skipWithoutLlamaServer();
const tiny = await tinyModel(t.testdir({}));

function start(t: Test, alias: string, port?: number): Promise<LlamaServer> {
  return startLlamaServer(t, { args: ['--model', tiny, '--alias', alias, '--ctx-size', '2048'], port });
}

async function isWorking({ url }: LlamaServer): Promise<boolean> {
  const slots = (await (await fetch(`${url}/slots`)).json()) as readonly { readonly is_processing: boolean }[];
  return slots.some(({ is_processing }) => is_processing);
}

/** Kills the server while it answers a request of the sweep, the second of three tests. */
async function killedInSweep(t: Test, server: LlamaServer) {
  const run = await startRun(t, { target: server.url, more: await plannedRunsOnly(t) });
  await run.written(/\[2\/4\]/);
  await until(() => isWorking(server));
  await server.kill();
  return run;
}

t.test('killed and started again: what was lost is told, and the rest is measured', { skip }, async (t) => {
  const server = await start(t, 'one');
  const run = await killedInSweep(t, server);
  await start(t, 'one', server.port);
  const { benchmarks } = resultOf(await run.ended());
  const [baseline, sweep, long] = benchmarks;
  t.match(baseline, { test_id: 'baseline_short', error: null });
  t.ok(baseline?.runs.every(({ success }) => success));
  t.notOk(baseline?.findings.some(({ code }) => code === 'runs_lost'));
  const requests = [sweep?.warmup_run, ...(sweep?.runs ?? [])];
  t.match(
    requests.filter((request) => request?.success === false),
    [{ error: /connection_reset|connection_refused/ }],
  );
  t.match(long, { test_id: 'long_gen', error: null });
  t.ok(long?.runs.every(({ success }) => success));
});

t.test(
  'killed, and another model comes back in its place: it is not measured for the first one',
  { skip },
  async (t) => {
    const server = await start(t, 'one');
    const run = await killedInSweep(t, server);
    await start(t, 'two', server.port);
    const { model, benchmarks, skipped } = resultOf(await run.ended());
    t.equal(model, 'one');
    t.match(
      benchmarks.find(({ test_id }) => test_id === 'baseline_short'),
      { error: null },
    );
    t.match(skipped.slice(-2), [
      { test_id: 'long_gen', reason: 'model_not_loaded' },
      { test_id: 'canary', reason: 'model_not_loaded' },
    ]);
  },
);

t.test('another model on the same port is measured under its own name', { skip }, async (t) => {
  let port: number | undefined;
  for (const alias of ['one', 'two']) {
    const server = await start(t, alias, port);
    port = server.port;
    const result = await recordedRun(t, { target: server.url, more: await plannedRunsOnly(t) });
    everyRequestSucceeded(t, result);
    t.equal(result.model, alias);
    await server.stop();
  }
});
