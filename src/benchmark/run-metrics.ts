/** The one place where figures are derived from the raw stamps of a request. Definitions: the docs' measurement page. */
import type { RequestTimings } from './client/request-timings.js';
import type { RunFlag, SuccessfulRun, TokenCountSource } from './result.js';
import { quantile } from './statistics.js';

export interface TokenCounts {
  readonly promptTokens: number | undefined;
  readonly completionTokens: number;
  readonly source: TokenCountSource;
}

export interface RunExpectation {
  readonly maxTokens: number;
  /** Prompt tokens the prompt was sized to; `undefined` for a fixed prompt. */
  readonly promptTargetTokens: number | undefined;
}

const CACHED_SHARE_ALLOWED = 0.01;
const OFF_TARGET = 0.02;
const CHUNK_IS_TOKEN = 0.02;
const CLIENT_GAP = 0.05;

/** Figures of one successful request; seconds and tokens per second; `null` where unknown. */
export function runMetrics(timings: RequestTimings, counts: TokenCounts, expected: RunExpectation): SuccessfulRun {
  const n = counts.completionTokens;
  const firstMs = timings.tokenStampsMs[0] ?? timings.endMs;
  const lastMs = timings.tokenStampsMs.at(-1) ?? timings.endMs;
  const cachedTokens = timings.usage.cachedTokens ?? timings.own?.cachedTokens;
  const cached = cachedTokens !== undefined && cachedTokens > CACHED_SHARE_ALLOWED * (counts.promptTokens ?? 0);
  const ttftS = (firstMs - timings.startMs) / 1000;
  const elapsedS = (timings.endMs - timings.startMs) / 1000;
  const decodeS = n >= 2 && lastMs > firstMs ? (lastMs - firstMs) / 1000 : undefined;
  const tps = decodeS === undefined ? undefined : (n - 1) / decodeS;
  const latencies = interTokenLatencies(timings.tokenStampsMs, counts);
  return {
    success: true,
    tps: tps ?? null,
    tps_source: tps === undefined ? null : 'socket',
    elapsed_s: elapsedS,
    ttft_s: cached ? null : ttftS,
    ttft_answer_s:
      cached || timings.firstAnswerMs === undefined ? null : (timings.firstAnswerMs - timings.startMs) / 1000,
    tpot_s: n >= 2 ? (elapsedS - ttftS) / (n - 1) : null,
    prefill_tps: cached || counts.promptTokens === undefined || ttftS <= 0 ? null : counts.promptTokens / ttftS,
    decode_s: decodeS ?? null,
    itl_p50_s: quantile(latencies, 0.5) ?? null,
    itl_p95_s: quantile(latencies, 0.95) ?? null,
    itl_p99_s: quantile(latencies, 0.99) ?? null,
    prompt_tokens: counts.promptTokens ?? null,
    completion_tokens: n,
    cached_tokens: cachedTokens ?? null,
    token_count_source: counts.source,
    server_timings: timings.own === undefined ? null : { ...timings.own.raw },
    flags: flagsOf({ cached, tps, ownTps: timings.own?.decodeTps, counts, expected }),
  };
}

/** Gaps between token-bearing chunks in seconds; empty unless a chunk is known to be a token. */
function interTokenLatencies(stampsMs: readonly number[], { completionTokens, source }: TokenCounts): number[] {
  if (source === 'chunk_estimate') return [];
  if (Math.abs(stampsMs.length - completionTokens) > CHUNK_IS_TOKEN * completionTokens) return [];
  return stampsMs.slice(1).map((stamp, index) => (stamp - (stampsMs[index] ?? stamp)) / 1000);
}

function flagsOf(run: {
  cached: boolean;
  tps: number | undefined;
  ownTps: number | undefined;
  counts: TokenCounts;
  expected: RunExpectation;
}): RunFlag[] {
  const { counts, expected } = run;
  const flags: RunFlag[] = [];
  if (run.cached) flags.push('cached_prompt');
  if (isOff(counts.promptTokens, expected.promptTargetTokens)) flags.push('prompt_off_target');
  if (counts.completionTokens !== expected.maxTokens) flags.push('output_off_target');
  if (counts.source === 'chunk_estimate') flags.push('chunk_estimate');
  if (run.tps !== undefined && run.ownTps !== undefined && Math.abs(run.tps / run.ownTps - 1) > CLIENT_GAP) {
    flags.push('client_gap');
  }
  return flags;
}

function isOff(tokens: number | undefined, target: number | undefined): boolean {
  return tokens !== undefined && target !== undefined && Math.abs(tokens / target - 1) > OFF_TARGET;
}
