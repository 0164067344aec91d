/** A server behind a real nginx, which passes tokens on some kilobytes at a time. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { BenchmarkResult, RequestResult, SuccessfulRun } from '../../src/benchmark/result.js';
import { forkFakeLlmServer } from '../fixtures/forked-fake-llm-server.js';
import { skipWithoutLlamaServer, startLlamaServer, tinyModel } from '../fixtures/llama-server.js';
import { skipWithoutNginx, startNginx } from '../fixtures/nginx.js';
import { everyRequestSucceeded, measuredTests, recordedRun } from '../fixtures/recorded-run.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { certificateFile } from '../fixtures/tls/certificate.js';

async function runBehindNginx(t: Test, upstream: string): Promise<BenchmarkResult> {
  const url = await startNginx(t, upstream);
  const file = join(await temporaryFolder(t), 'typhon.yaml');
  const target = { name: 'proxied', url, ca_file: certificateFile('authority') };
  writeFileSync(file, JSON.stringify({ targets: [target], benchmark: { extra_time: '0s' } }));
  const result = await recordedRun(t, { target: 'proxied', more: ['--config.file', file] });
  everyRequestSucceeded(t, result);
  const flagged = result.benchmarks.filter(({ runs }) => timed(runs).some(isClumped));
  for (const { test_id: id, findings } of flagged) {
    t.ok(
      findings.some(({ code }) => code === 'arrivals_clumped'),
      `${id} says so`,
    );
  }
  return result;
}

function timed(runs: readonly RequestResult[]): readonly SuccessfulRun[] {
  return runs.filter((run) => run.success);
}

function isClumped({ flags }: SuccessfulRun): boolean {
  return flags.includes('arrivals_clumped');
}

const skip = skipWithoutNginx();
const skipReal = skip || skipWithoutLlamaServer();

t.test("decode speed is right: the server's own where tokens were held back", { skip: skipReal }, async (t) => {
  const model = await tinyModel(t.testdir({}));
  const { url } = await startLlamaServer(t, { args: ['--model', model, '--alias', 'tiny', '--ctx-size', '2048'] });
  const result = await runBehindNginx(t, url);
  for (const run of measuredTests(result).flatMap(({ runs }) => timed(runs))) {
    const { predicted_n: tokens, predicted_ms: tookMs } = run.server_timings ?? {};
    const own = (Number(tokens) - 1) / (Number(tookMs) / 1000);
    if (isClumped(run)) t.equal(run.tps_source, 'server');
    // What nginx passes on as it comes is timed as ever: a busy machine delays it, and far off it is the server's own.
    const allowed = run.tps_source === 'server' ? 0.001 : 0.2;
    t.ok(Math.abs((run.tps ?? 0) / own - 1) <= allowed, `${run.tps} of ${own} tokens/s`);
  }
});

t.test(
  'where the server tells nothing, what was held back has no TTFT, and no speed that is not right',
  { skip },
  async (t) => {
    const tokenGapMs = 4;
    const fake = await forkFakeLlmServer({ ttftMs: 50, tokenGapMs });
    t.teardown(() => fake.close());
    const { benchmarks } = await runBehindNginx(t, fake.url);
    const heldBack = benchmarks.flatMap(({ runs }) => timed(runs)).filter(isClumped);
    t.ok(heldBack.length > 0, 'nginx holds tokens back');
    for (const run of heldBack) t.match(run, { ttft_s: null, itl_p50_s: null });
    // Over many clumps the pace shows all the same. What a busy machine delays at an end of one answer is not in most.
    const speeds = heldBack.flatMap(({ tps }) => (tps === null ? [] : [tps]));
    const errors = speeds.map((tps) => Math.abs((tps * tokenGapMs) / 1000 - 1)).toSorted((a, b) => a - b);
    const told = `${speeds} of ${1000 / tokenGapMs} tokens/s`;
    t.ok((errors[Math.floor(errors.length / 2)] ?? 0) <= 0.05, told);
    t.ok((errors.at(-1) ?? 0) <= 0.2, told);
  },
);
