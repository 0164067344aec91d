/** Whole benchmarks of a real llama-server, by the options that it was started with. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { SuccessfulRun } from '../../../src/benchmark/result.js';
import {
  deepModel,
  type LlamaServer,
  skipWithoutLlamaServer,
  startLlamaServer,
  tinyModel,
} from '../../fixtures/llama-server.js';
import { everyRequestSucceeded, recordedRun, startRun, timedRuns } from '../../fixtures/recorded-run.js';

t.setTimeout(300_000);

const skip = skipWithoutLlamaServer();
const folder = t.testdir({});
const tiny = await tinyModel(folder);

/** Enough for the shortest plan: a short prompt, one sweep, one long answer. */
const SHORT = ['--ctx-size', '2048'];

function start(t: Test, ...args: readonly string[]): Promise<LlamaServer> {
  return startLlamaServer(t, { args: ['--model', tiny, '--alias', 'tiny', ...args] });
}

/** How far a decode speed is from the server's own, over the same n − 1 tokens; a share. */
function gapToServer({ tps, server_timings: own }: SuccessfulRun): number {
  const server = (Number(own?.['predicted_n']) - 1) / (Number(own?.['predicted_ms']) / 1000);
  return Math.abs((tps ?? Number.NaN) / server - 1);
}

t.test('quick and full: no request is lost, and decode is what the server says', { skip }, async (t) => {
  const server = await startLlamaServer(t, { args: ['--model', deepModel(folder), '--alias', 'deep', ...SHORT] });
  for (const mode of ['quick', 'full'] as const) {
    const result = await recordedRun(t, { mode, target: server.url });
    everyRequestSucceeded(t, result);
    t.match(result, { model: 'deep', server: { kind: 'llama.cpp', context_length: 2048 } });
    for (const testId of ['baseline_short', 'ctx_sweep_2048', 'long_gen']) {
      // A machine that is busy for a moment delays one stamp, which in 64 tokens counts: the best agreement stands.
      const gaps = timedRuns(result, testId).map(gapToServer);
      t.ok(Math.min(...gaps) <= 0.02, `${mode} ${testId}: within 2 % of the server: ${gaps}`);
    }
  }
});

t.test('slots that share one context are measured at all of it, others at their own', { skip }, async (t) => {
  const shared = await start(t, '--ctx-size', '4096', '--parallel', '4', '--kv-unified');
  const whole = await recordedRun(t, { target: shared.url });
  everyRequestSucceeded(t, whole);
  t.match(whole, { server: { context_length: 4096 }, skipped: [{ test_id: 'ctx_sweep_8192' }] });
  await shared.stop();
  const split = await start(t, '--ctx-size', '8192', '--parallel', '4');
  const share = await recordedRun(t, { mode: 'full', target: split.url });
  everyRequestSucceeded(t, share);
  t.equal(share.server.context_length, 2048);
  t.equal(timedRuns(share, 'concurrency_8').length % 8, 0, 'whole waves');
});

t.test('with a key, below a prefix and without slots', { skip }, async (t) => {
  const { url } = await start(t, ...SHORT, '--api-key', 'sesame', '--api-prefix', '/llama', '--no-slots');
  const file = join(t.testdir({}), 'typhon.yaml');
  writeFileSync(file, `targets: [{ name: locked, url: "${url}/llama", api_key: "\${KEY}" }]\n`);
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
  const result = await recordedRun(t, { target: url });
  everyRequestSucceeded(t, result);
  t.match(result, { model: 'two', server: { context_length: 2048 } });
  t.same(await states(), ['unloaded', 'loaded']);
});

interface RoutedList {
  readonly data: readonly { readonly status: { readonly value: string } }[];
}

t.test('with a draft model decode counts all tokens, and no gap between tokens is told', { skip }, async (t) => {
  const { url } = await start(t, ...SHORT, '--model-draft', tiny, '--spec-type', 'draft-simple');
  const result = await recordedRun(t, { target: url });
  everyRequestSucceeded(t, result);
  for (const run of timedRuns(result, 'long_gen')) {
    t.equal(run.completion_tokens, 1024);
    t.ok(Number(run.server_timings?.['draft_n_accepted']) > 0, 'drafts were accepted');
    t.match(run, { itl_p50_s: null, itl_p95_s: null, itl_p99_s: null });
    t.ok(gapToServer(run) <= 0.02, `within 2 % of the server: ${gapToServer(run)}`);
  }
});
