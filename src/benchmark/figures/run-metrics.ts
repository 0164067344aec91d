/** The one place where figures are derived from the raw stamps of a request. Definitions: the docs' measurement page. */

import type { RequestTimings, TokenChunk } from '../client/request-timings.js';
import { LEAST_LOAD_S, type OwnTimings } from '../inference-server.js';
import type { RunFlag, SuccessfulRun, TpsSource } from '../result.js';
import { type Arrivals, arrivalsOf } from './arrivals.js';
import { areTokens, gapsMsOf } from './marks.js';
import { quantile } from './statistics.js';
import type { TokenCounts } from './token-counts.js';

export interface RunExpectation {
  readonly maxTokens: number;
  /** Prompt tokens the prompt was sized to; `undefined` for a fixed prompt. */
  readonly promptTargetTokens: number | undefined;
  /** See `Answer.idleWaitMs`. */
  readonly idleWaitMs?: number | undefined;
}

/** Figures of one successful request; seconds and tokens per second; `null` where unknown. */
export function runMetrics(timings: RequestTimings, counts: TokenCounts, expected: RunExpectation): SuccessfulRun {
  const { startMs, endMs, chunks, cutReads, own } = timings;
  const n = counts.completionTokens;
  const promptTokens = counts.promptTokens ?? expected.promptTargetTokens;
  const { idleWaitMs } = expected;
  const arrivals = arrivalsOf({ startMs, chunks, completionTokens: n, promptTokens, cutReads, idleWaitMs });
  const cachedTokens = timings.usage.cachedTokens ?? own?.cachedTokens;
  const cached = isCached(cachedTokens, counts.promptTokens);
  const reloaded = (own?.loadS ?? 0) >= LEAST_LOAD_S;
  // A time to the first token that holds something else than the reading of the prompt is none.
  const isOther = cached || reloaded;
  const speed = decodeSpeed(arrivals, timings);
  const ttftS = firstTokenS(arrivals, timings);
  const elapsedS = (endMs - startMs) / 1000;
  // With speculative decoding several tokens are made at once.
  const latencies = own?.draftTokens ? [] : interTokenLatencies(arrivals, chunks, counts);
  return {
    success: true,
    tps: speed?.tps ?? null,
    tps_source: speed?.source ?? null,
    elapsed_s: elapsedS,
    ttft_s: isOther ? null : (ttftS ?? null),
    queued_ttft_s: null,
    ttft_answer_s: isOther ? null : (firstAnswerS(arrivals, timings) ?? null),
    tpot_s: n >= 2 && ttftS !== undefined && !reloaded ? (elapsedS - ttftS) / (n - 1) : null,
    prefill_tps: isOther ? null : (prefillSpeed({ ttftS, tps: speed?.tps, arrivals, counts }) ?? null),
    decode_s: speed === undefined ? null : (n - 1) / speed.tps,
    itl_p50_s: quantile(latencies, 0.5) ?? null,
    itl_p95_s: quantile(latencies, 0.95) ?? null,
    itl_p99_s: quantile(latencies, 0.99) ?? null,
    prompt_tokens: counts.promptTokens ?? null,
    completion_tokens: n,
    cached_tokens: cachedTokens ?? null,
    load_s: own?.loadS ?? null,
    draft_acceptance: draftAcceptance(own) ?? null,
    token_count_source: counts.source,
    server_timings: own === undefined ? null : { ...own.raw },
    flags: flagsOf({ cached, reloaded, arrivals, own: own?.decodeTps, counts, expected }),
  };
}

const CACHED_SHARE_ALLOWED = 0.01;
// The first tokens of a chat template are always alike.
const CACHED_TOKENS_ALLOWED = 16;

function isCached(cachedTokens: number | undefined, promptTokens: number | undefined): boolean {
  if (cachedTokens === undefined) return false;
  return cachedTokens > Math.max(CACHED_TOKENS_ALLOWED, CACHED_SHARE_ALLOWED * (promptTokens ?? 0));
}

function draftAcceptance(own: OwnTimings | undefined): number | undefined {
  if (!own?.draftTokens || own.draftTokensAccepted === undefined) return undefined;
  const share = own.draftTokensAccepted / own.draftTokens;
  return share <= 1 ? share : undefined;
}

interface DecodeSpeed {
  readonly tps: number;
  readonly source: TpsSource;
}

const CLIENT_GAP = 0.05;
const CLIENT_WRONG = 0.2;

/**
 * From our stamps where they are those of the generation, else the server's own. A large gap to a server on this machine
 * means that ours is wrong all the same: a router in between, a client that was paused.
 */
function decodeSpeed({ decode, isClumped }: Arrivals, { own, isLocal }: RequestTimings): DecodeSpeed | undefined {
  const ours = decode === undefined ? undefined : decode.tokens / decode.seconds;
  const servers = own?.decodeTps;
  if (servers !== undefined) {
    const isWrong = ours !== undefined && isLocal && Math.abs(ours / servers - 1) > CLIENT_WRONG;
    if (ours === undefined || isClumped || isWrong) return { tps: servers, source: 'server' };
  }
  return ours === undefined ? undefined : { tps: ours, source: 'socket' };
}

function firstTokenS({ isFirstTrue }: Arrivals, { startMs, chunks, endMs, own }: RequestTimings): number | undefined {
  return isFirstTrue ? ((chunks[0]?.atMs ?? endMs) - startMs) / 1000 : own?.prefillS;
}

function firstAnswerS({ isFirstTrue }: Arrivals, { startMs, firstAnswerMs }: RequestTimings): number | undefined {
  return firstAnswerMs === undefined || !isFirstTrue ? undefined : (firstAnswerMs - startMs) / 1000;
}

// A first chunk of several tokens was decoded for so much of the time to it at most: the rest is the prefill.
const DECODED_SHARE = 0.1;

function prefillSpeed(known: {
  readonly ttftS: number | undefined;
  readonly tps: number | undefined;
  readonly arrivals: Arrivals;
  readonly counts: TokenCounts;
}): number | undefined {
  const { ttftS, tps, arrivals, counts } = known;
  if (ttftS === undefined || ttftS <= 0 || counts.promptTokens === undefined) return undefined;
  const decodedS = tps === undefined || !arrivals.isFirstTrue ? 0 : (arrivals.firstTokens - 1) / tps;
  return decodedS > DECODED_SHARE * ttftS ? undefined : counts.promptTokens / ttftS;
}

/** Gaps between token-bearing chunks in seconds; empty unless a chunk is known to be a token, come when it was made. */
function interTokenLatencies(
  { areApart, isClumped }: Arrivals,
  chunks: readonly TokenChunk[],
  { completionTokens, source }: TokenCounts,
): ArrayLike<number> {
  if (source === 'chunk_estimate' || !areApart || isClumped || !areTokens(chunks, completionTokens)) return [];
  return gapsMsOf(chunks).map((gapMs) => gapMs / 1000);
}

const OFF_TARGET = 0.02;

function flagsOf(run: {
  cached: boolean;
  reloaded: boolean;
  arrivals: Arrivals;
  own: number | undefined;
  counts: TokenCounts;
  expected: RunExpectation;
}): RunFlag[] {
  const { arrivals, counts, expected } = run;
  const flags: RunFlag[] = [];
  if (run.cached) flags.push('cached_prompt');
  if (run.reloaded) flags.push('model_reloaded');
  if (isOff(counts.promptTokens, expected.promptTargetTokens)) flags.push('prompt_off_target');
  if (counts.completionTokens !== expected.maxTokens) flags.push('output_off_target');
  if (counts.source === 'chunk_estimate') flags.push('chunk_estimate');
  if (counts.isImplausible) flags.push('implausible_usage');
  if (arrivals.isClumped) flags.push('arrivals_clumped');
  const { decode } = arrivals;
  if (decode !== undefined && run.own !== undefined) {
    if (Math.abs(decode.tokens / decode.seconds / run.own - 1) > CLIENT_GAP) flags.push('client_gap');
  }
  return flags;
}

function isOff(tokens: number | undefined, target: number | undefined): boolean {
  return tokens !== undefined && target !== undefined && Math.abs(tokens / target - 1) > OFF_TARGET;
}
