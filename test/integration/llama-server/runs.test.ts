/** The figures of whole benchmarks of a real llama-server, beside its own. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { SuccessfulRun } from '../../../src/benchmark/result.js';
import { deepModel, skipWithoutLlamaServer, startLlamaServer, tinyModel } from '../../fixtures/llama-server.js';
import { everyRequestSucceeded, recordedRun, timedRuns } from '../../fixtures/recorded-run.js';

const skip = skipWithoutLlamaServer();
const folder = t.testdir({});
const tiny = await tinyModel(folder);

/** Enough for the shortest plan: a short prompt, one sweep, one long answer. */
const SHORT = ['--ctx-size', '2048'];

/** On a machine that is busy with other things tests would be repeated for minutes. */
const hurried = join(folder, 'typhon.yaml');
writeFileSync(hurried, 'benchmark: { extra_time: { quick: 10s, full: 0s } }\n');

/** How far a decode speed is from the server's own, over the same n − 1 tokens; a share. */
function gapToServer({ tps, server_timings: own }: SuccessfulRun): number {
  const server = (Number(own?.['predicted_n']) - 1) / (Number(own?.['predicted_ms']) / 1000);
  return Math.abs((tps ?? Number.NaN) / server - 1);
}

t.test('quick and full: no request is lost, and decode is what the server says', { skip }, async (t) => {
  const server = await startLlamaServer(t, { args: ['--model', deepModel(folder), '--alias', 'deep', ...SHORT] });
  const gaps = new Map<string, number[]>();
  for (const mode of ['quick', 'full'] as const) {
    const result = await recordedRun(t, { mode, target: server.url, more: ['--config.file', hurried] });
    everyRequestSucceeded(t, result);
    t.match(result, { model: 'deep', server: { kind: 'llama.cpp', context_length: 2048 } });
    for (const testId of ['baseline_short', 'ctx_sweep_2048', 'long_gen']) {
      const runs = timedRuns(result, testId);
      t.ok(runs.length > 0, `${mode} has timed ${testId}`);
      gaps.set(testId, [...(gaps.get(testId) ?? []), ...runs.map(gapToServer)]);
    }
  }
  // A machine that is busy for a moment delays one stamp, which counts where it is timed once: the best agreement stands.
  for (const [testId, all] of gaps) t.ok(Math.min(...all) <= 0.02, `${testId}: within 2 % of the server: ${all}`);
});

t.test('with a draft model decode counts all tokens, and no gap between tokens is told', { skip }, async (t) => {
  const args = ['--model', tiny, ...SHORT, '--model-draft', tiny, '--spec-type', 'draft-simple'];
  const { url } = await startLlamaServer(t, { args });
  const result = await recordedRun(t, { target: url, more: ['--config.file', hurried] });
  everyRequestSucceeded(t, result);
  for (const run of timedRuns(result, 'long_gen')) {
    t.equal(run.completion_tokens, 1024);
    t.ok(Number(run.server_timings?.['draft_n_accepted']) > 0, 'drafts were accepted');
    t.match(run, { itl_p50_s: null, itl_p95_s: null, itl_p99_s: null });
  }
  const gaps = timedRuns(result, 'long_gen').map(gapToServer);
  t.ok(Math.min(...gaps) <= 0.02, `within 2 % of the server: ${gaps}`);
});
