/** Whole benchmarks of a real llama-server, by the options that it was started with. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type LlamaServer, skipWithoutLlamaServer, startLlamaServer, tinyModel } from '../../fixtures/llama-server.js';
import {
  everyRequestSucceeded,
  plannedRunsOnly,
  recordedRun,
  startRun,
  timedRuns,
} from '../../fixtures/recorded-run.js';

const skip = skipWithoutLlamaServer();
const tiny = await tinyModel(t.testdir({}));

/** Enough for the shortest plan: a short prompt, one sweep, one long answer. */
const SHORT = ['--ctx-size', '2048'];

function start(t: Test, ...args: readonly string[]): Promise<LlamaServer> {
  return startLlamaServer(t, { args: ['--model', tiny, '--alias', 'tiny', ...args] });
}

t.test('slots that share one context are measured at all of it, others at their own', { skip }, async (t) => {
  const shared = await start(t, '--ctx-size', '4096', '--parallel', '4', '--kv-unified');
  const whole = await recordedRun(t, { target: shared.url, more: await plannedRunsOnly(t) });
  everyRequestSucceeded(t, whole);
  t.match(whole, { server: { context_length: 4096 }, skipped: [{ test_id: 'ctx_sweep_8192' }] });
  await shared.stop();
  const split = await start(t, '--ctx-size', '8192', '--parallel', '4');
  const share = await recordedRun(t, { mode: 'full', target: split.url, more: await plannedRunsOnly(t) });
  everyRequestSucceeded(t, share);
  t.equal(share.server.context_length, 2048);
  t.equal(timedRuns(share, 'concurrency_8').length % 8, 0, 'whole waves');
});

t.test('with a key, below a prefix and without slots', { skip }, async (t) => {
  const { url } = await start(t, ...SHORT, '--api-key', 'sesame', '--api-prefix', '/llama', '--no-slots');
  const file = join(t.testdir({}), 'typhon.yaml');
  const target = `{ name: locked, url: "${url}/llama", api_key: "\${KEY}" }`;
  writeFileSync(file, `targets: [${target}]\nbenchmark: { extra_time: 0s }\n`);
  const more = ['--config.file', file];
  const result = await recordedRun(t, { target: 'locked', more, env: { KEY: 'sesame' } });
  everyRequestSucceeded(t, result);
  t.match(result, { target: 'locked', model: 'tiny', server: { api_base: `${url}/llama` } });
  const refused = await (await startRun(t, { target: `${url}/llama` })).ended();
  t.match(refused, { code: 1, stderr: /api_key|key/ });
});

t.test('a router: what is loaded is measured, and nothing else is loaded', { skip }, async (t) => {
  const models = join(t.testdir({}), 'models');
  mkdirSync(models);
  for (const name of ['one', 'two']) symlinkSync(tiny, join(models, `${name}.gguf`));
  const { url } = await startLlamaServer(t, { args: ['--models-dir', models, ...SHORT] });
  const states = async () => {
    const { data } = (await (await fetch(`${url}/v1/models`)).json()) as RoutedList;
    return data.map(({ status }) => status.value);
  };
  const none = await (await startRun(t, { target: url })).ended();
  t.match(none, { code: 1, stderr: /loaded/ });
  t.same(await states(), ['unloaded', 'unloaded']);
  // Answered by the model itself, which has to be there first.
  await fetch(`${url}/tokenize`, { method: 'POST', body: JSON.stringify({ model: 'two', content: 'x' }) });
  const result = await recordedRun(t, { target: url, more: await plannedRunsOnly(t) });
  everyRequestSucceeded(t, result);
  t.match(result, { model: 'two', server: { context_length: 2048 } });
  t.same(await states(), ['unloaded', 'loaded']);
});

interface RoutedList {
  readonly data: readonly { readonly status: { readonly value: string } }[];
}
