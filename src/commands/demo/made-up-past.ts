/** A past for the demo: runs that nobody made, from one that was, so that trends and verdict have something to tell. */
import { aggregatesOf } from '../../benchmark/figures/aggregate.js';
import type { BenchmarkResult, RequestResult, TestResult } from '../../benchmark/result.js';
import { runIdOf } from '../../chronicle/run-id.js';
import { RandomWords } from '../../reference/random.js';

const HOUR_MS = 3_600_000;
const EVERY_MS = 6 * HOUR_MS;
/** Four weeks of them: the last one is as old as one interval. */
const RUNS = 112;
/** Four days. */
const SLOW_RUNS = 16;
/** Decoding was so much faster before. */
const FASTER = 1.2;
/** Of a run's speeds, over their mean. */
const NOISE = 0.01;
const SEED = 0x6465_6d6f;

/** The version before that of the server that was measured: whoever reads of it sees what it is. */
export const VERSION_BEFORE = '0.0.9 (made up)';

/**
 * Runs every six hours up to `measured`, the oldest first, always the same for the same `measured`: its own tests and
 * answers, with a little noise. Until four days before it, decoding was a fifth faster, with another version of the server.
 */
export function madeUpPast(measured: BenchmarkResult): readonly BenchmarkResult[] {
  const noise = seededNoise();
  return Array.from({ length: RUNS }, (_, index) => {
    const age = (RUNS - index) * EVERY_MS;
    const [at, end] = [measured.run_at, measured.finished_at].map((time) => new Date(Date.parse(time) - age));
    const run = { measured, index, run_at: at ?? new Date(0), finished_at: end ?? new Date(0) };
    return madeUpRun(run, noise);
  });
}

interface MadeUpRun {
  readonly measured: BenchmarkResult;
  readonly index: number;
  readonly run_at: Date;
  readonly finished_at: Date;
}

function madeUpRun({ measured, index, run_at, finished_at }: MadeUpRun, noise: () => number): BenchmarkResult {
  const wasFaster = index < RUNS - SLOW_RUNS;
  const jobId = index.toString(16).padStart(8, '0');
  const speeds = () => ({ decode: (wasFaster ? FASTER : 1) * noise(), prefill: noise() });
  return {
    ...measured,
    run_id: runIdOf(run_at, jobId),
    job_id: jobId,
    run_at: run_at.toISOString(),
    finished_at: finished_at.toISOString(),
    server: wasFaster ? { ...measured.server, version: VERSION_BEFORE } : measured.server,
    benchmarks: measured.benchmarks.map((test) => atSpeed(test, speeds())),
    segments: [],
  };
}

interface Speeds {
  readonly decode: number;
  readonly prefill: number;
}

/** The test with its speeds multiplied. What was read of the hardware stays. */
function atSpeed(test: TestResult, speeds: Speeds): TestResult {
  const runs = test.runs.map((run) => requestAtSpeed(run, speeds));
  const streams = Math.max(1, test.concurrency);
  const waves = Array.from({ length: Math.ceil(runs.length / streams) }, (_, wave) =>
    runs.slice(wave * streams, (wave + 1) * streams),
  );
  return {
    ...test,
    ...aggregatesOf(waves),
    aggregate_tps: test.aggregate_tps === null ? null : test.aggregate_tps * speeds.decode,
    findings: [],
    canary: test.canary && { ...test.canary, verdict: 'match', logprob_shift: null, changes: [] },
    canary_match: test.canary === null ? null : 1,
    warmup_run: test.warmup_run && requestAtSpeed(test.warmup_run, speeds),
    runs,
  };
}

function requestAtSpeed(run: RequestResult, { decode, prefill }: Speeds): RequestResult {
  if (!run.success) return run;
  const divided = (value: number | null, by: number) => value && value / by;
  const ttft_s = divided(run.ttft_s, prefill);
  const decode_s = divided(run.decode_s, decode);
  const elapsed_s = run.elapsed_s + ((ttft_s ?? 0) - (run.ttft_s ?? 0)) + ((decode_s ?? 0) - (run.decode_s ?? 0));
  return {
    ...run,
    tps: run.tps && run.tps * decode,
    elapsed_s,
    ttft_s,
    ttft_answer_s: divided(run.ttft_answer_s, prefill),
    tpot_s: divided(run.tpot_s, decode),
    prefill_tps: run.prefill_tps && run.prefill_tps * prefill,
    decode_s,
    itl_p50_s: divided(run.itl_p50_s, decode),
    itl_p95_s: divided(run.itl_p95_s, decode),
    itl_p99_s: divided(run.itl_p99_s, decode),
    // As received it would be of another request.
    server_timings: null,
  };
}

/** Around 1, normally distributed (Box and Muller). */
function seededNoise(): () => number {
  const words = new RandomWords(SEED, 0);
  const view = new DataView(new ArrayBuffer(8));
  return () => {
    words.fill(view, 0, view.byteLength, 0);
    const [first, second] = [(view.getUint32(0, true) + 1) / 2 ** 32, view.getUint32(4, true) / 2 ** 32];
    return 1 + NOISE * Math.sqrt(-2 * Math.log(first)) * Math.cos(2 * Math.PI * second);
  };
}
