/**
 * How likely a model held each token of its answer: what moves with every weight that was computed with, long before
 * another token becomes the likeliest one.
 */
import * as z from 'zod';

/** Asked for in OpenAI's words. With one alternative, for with none llama-server tells nothing. */
export const PROBABILITIES_WANTED = { logprobs: true, top_logprobs: 1 } as const;

/**
 * Where llama.cpp computes on a CPU the same request has the same figures to the last bit: over repeats, restarts, other
 * numbers of threads and slots, beside other clients unless their requests share its batch. So this is the resolution of
 * a 32-bit figure of that size, ten times over.
 */
export const CPU_LIMIT = 1e-5;

/**
 * A GPU may choose another kernel by what else its memory holds. Other kernels (attention, batch size, the type of the KV
 * cache) moved no figure by more than 0.05: this is five times as much.
 */
export const GPU_LIMIT = 0.25;

/** A run's own scatter has to be exceeded so many times. */
const MARGIN = 10;

/** What an earlier run's answer had, natural logarithms, and how far they may move before it is told. */
export interface KnownProbabilities {
  readonly values: readonly number[];
  readonly limit: number;
}

/** The first token, counted from 0, whose log probability moved too far. */
export interface ProbabilityShift {
  readonly token: number;
  readonly before: number;
  readonly after: number;
}

const eventSchema = z.object({
  choices: z.array(z.object({ logprobs: z.object({ content: z.array(z.object({ logprob: z.number() })) }) })).min(1),
});

/** From the parsed events of one answer, to the resolution of a 32-bit figure; `undefined` where they have none. */
export function tokenProbabilities(events: readonly unknown[]): readonly number[] | undefined {
  const found: number[] = [];
  for (const event of events) {
    const content = eventSchema.safeParse(event).data?.choices[0]?.logprobs.content ?? [];
    for (const { logprob } of content) found.push(Math.round(logprob * 1e6) / 1e6);
  }
  // Only zeros: llama-server with a draft model has none and says that every token was certain.
  return found.some((value) => value !== 0) ? found : undefined;
}

/** How far apart the figures of two answers with the same words are; `undefined` where that cannot be said. */
export function distance(
  before: readonly number[] | null | undefined,
  after: readonly number[] | null | undefined,
): number | undefined {
  if (!before || !after || before.length !== after.length) return undefined;
  return Math.max(...before.map((value, token) => Math.abs(value - (after[token] ?? Number.NaN))));
}

/** `undefined` where no token moved further than `limit`, or that cannot be said. */
export function shiftBeyond(
  limit: number,
  before: readonly number[] | null | undefined,
  after: readonly number[] | null | undefined,
): ProbabilityShift | undefined {
  if (!before || !after || before.length !== after.length) return undefined;
  const token = before.findIndex((value, index) => Math.abs(value - (after[index] ?? value)) > limit);
  const [was, is] = [before[token], after[token]];
  return was === undefined || is === undefined ? undefined : { token, before: was, after: is };
}

/** Of a run whose answers lie so far apart. */
export function limitOf(least: number, scatter: number): number {
  return Math.max(least, MARGIN * scatter);
}
