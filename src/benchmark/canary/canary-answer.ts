/** The answers of one run to the canary's question, and what they say by themselves. */
import { createHash } from 'node:crypto';
import { firstDifference } from '../../shared/text/first-difference.js';
import type { TokenChunk } from '../client/request-timings.js';
import { areTokens } from '../figures/marks.js';
import type { BenchmarkTest } from '../plan.js';
import type { CanaryResult } from './canary-result.js';
import { distance, GPU_LIMIT, limitOf, shiftBeyond } from './token-probabilities.js';

export interface CanaryAnswer {
  readonly text: string;
  readonly chunks: readonly TokenChunk[];
  readonly completionTokens: number;
  /** See `tokenProbabilities`. */
  readonly logprobs?: readonly number[] | undefined;
}

export interface CanaryAnswers {
  readonly first: CanaryAnswer;
  readonly later: readonly CanaryAnswer[];
  /** Whether the server was seen to work for somebody else between the requests. */
  readonly serverInUse: boolean;
}

export function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** What a run's answer is held against while it is made, and how far its probabilities may move. */
export type CanaryExpectation = Pick<BenchmarkTest, 'expectedSha256' | 'expectedLogprobs' | 'leastLogprobLimit'>;

/** Whether it is the expected answer, as far as can be told. */
export function isExpected(
  answer: CanaryAnswer,
  { expectedSha256, expectedLogprobs: known }: CanaryExpectation,
): boolean {
  if (sha256Of(answer.text) !== expectedSha256) return false;
  return known === undefined || shiftBeyond(known.limit, known.values, answer.logprobs) === undefined;
}

/** Not yet held against an earlier run's answer. */
export function canaryOf({ first, later, serverInUse }: CanaryAnswers, expected: CanaryExpectation): CanaryResult {
  const sha256 = sha256Of(first.text);
  const scatter = Math.max(0, ...later.map(({ logprobs }) => distance(first.logprobs, logprobs) ?? 0));
  const other = later.find(({ text }) => text !== first.text);
  const verdictOf = () => {
    if (other !== undefined) return 'not_deterministic';
    return serverInUse && !isExpected(first, expected) ? 'server_in_use' : 'pending';
  };
  return {
    deterministic: other === undefined,
    sha256,
    text: first.text,
    diverges_at_token: other === undefined ? null : (divergingToken(first, other) ?? null),
    other_text: other?.text ?? null,
    logprobs: first.logprobs === undefined ? null : [...first.logprobs],
    logprob_limit: first.logprobs === undefined ? null : limitOf(expected.leastLogprobLimit ?? GPU_LIMIT, scatter),
    logprob_shift: null,
    server_in_use: serverInUse,
    verdict: verdictOf(),
    reference: null,
    changes: [],
  };
}

/** Of the first token that differs its number, from 0; `undefined` where pieces of the answers are not tokens. */
function divergingToken(a: CanaryAnswer, b: CanaryAnswer): number | undefined {
  const at = firstDifference(a.text, b.text);
  if (at === undefined || !areTokens(a.chunks, a.completionTokens)) return undefined;
  let end = 0;
  const index = a.chunks.findIndex(({ characters }) => {
    end += characters;
    return end > at;
  });
  return index === -1 ? a.chunks.length : index;
}
