/** How many tokens a request was about, from the best source that nothing contradicts. */
import type { RequestTimings, TokenChunk } from '../client/request-timings.js';
import type { InferenceServer } from '../inference-server.js';
import type { TokenCountSource } from '../result.js';

export interface TokenCounts {
  readonly promptTokens: number | undefined;
  /** What the server said first, whether or not it can be: one that cut a prompt says so in no other way. */
  readonly toldPromptTokens?: number | undefined;
  readonly completionTokens: number;
  readonly source: TokenCountSource;
  /** A count that the server told was left aside because it cannot be. */
  readonly isImplausible: boolean;
}

export interface CountedRequest {
  readonly server: InferenceServer;
  readonly model: string;
  readonly prompt: string;
  readonly maxTokens: number;
  readonly signal: AbortSignal;
}

/**
 * Counts the tokens of a finished request from the best source there is: the response's usage, the server's own
 * figures, its tokenizer, and last the number of chunks, which is only an estimate (a chunk is not a token). A count that
 * contradicts what was asked for or what came is passed over.
 */
export async function countedTokens(timings: RequestTimings, request: CountedRequest): Promise<TokenCounts> {
  const { usage, own } = timings;
  const prompts = [usage.promptTokens, own?.promptTokens].filter(isCount);
  const promptTokens = prompts.find(canBePromptOf(request));
  const least = leastTokens(timings.chunks);
  const canBe = (count: number) => count <= request.maxTokens + 1 && count >= least;
  const told = [usage.completionTokens, own?.completionTokens].filter(isCount);
  const isImplausible = promptTokens !== prompts[0] || !told.every(canBe) || !agree(told);
  const common = { promptTokens, toldPromptTokens: prompts[0], isImplausible };
  const [ofUsage, ofServer] = [usage.completionTokens, own?.completionTokens].map((count) =>
    isCount(count) && canBe(count) ? count : undefined,
  );
  // Where both can be and differ, the server counted the latter while it made them.
  if (ofUsage !== undefined && (ofServer === undefined || agree([ofUsage, ofServer])))
    return { ...common, completionTokens: ofUsage, source: 'server_usage' };
  if (ofServer !== undefined) return { ...common, completionTokens: ofServer, source: 'server_timings' };
  const counted = await tokenized(timings.text, request);
  if (counted !== undefined) return { ...common, completionTokens: counted, source: 'tokenizer' };
  return { ...common, completionTokens: timings.chunks.length, source: 'chunk_estimate' };
}

/** Servers that do not know say 0. */
function isCount(count: number | undefined): count is number {
  return count !== undefined && count > 0;
}

const TEMPLATE_TOKENS_MOST = 8192;

// Common words are more than a token each; none of any language's tokens holds ten of them.
const LEAST_TOKENS_A_WORD = 0.1;

/**
 * No tokenizer makes more tokens than bytes; a chat template may bring a long system prompt. A few tokens for thousands of
 * words are a number that stands for none.
 */
function canBePromptOf({ prompt }: CountedRequest): (tokens: number) => boolean {
  const most = Buffer.byteLength(prompt) + TEMPLATE_TOKENS_MOST;
  const least = LEAST_TOKENS_A_WORD * (prompt.match(/\S+/g)?.length ?? 0);
  return (tokens) => tokens >= least && tokens <= most;
}

// Servers that cut an answer into letters or words for show send shorter chunks than tokens are.
const TOKEN_CHARACTERS = 2;
const CHUNKS_WITHOUT_TOKEN = 0.02;

/** Each chunk brings a token at least, where chunks are as long as tokens; the text at the end need not be one. */
function leastTokens(chunks: readonly TokenChunk[]): number {
  const characters = chunks.reduce((sum, chunk) => sum + chunk.characters, 0);
  if (characters < TOKEN_CHARACTERS * chunks.length) return 1;
  return Math.floor(chunks.length * (1 - CHUNKS_WITHOUT_TOKEN)) - 1;
}

const COUNTS_APART = 0.02;

/** An end token is counted by some and not by others. */
function agree(counts: readonly number[]): boolean {
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return counts.length < 2 || most - least <= Math.max(1, COUNTS_APART * most);
}

// Cut into tokens again, a text may come to some more than it was made of.
const RETOKENIZED = 1.1;

async function tokenized(text: string, request: CountedRequest): Promise<number | undefined> {
  try {
    const count = await request.server.countTokens?.(text, request.model, request.signal);
    return isCount(count) && count <= RETOKENIZED * request.maxTokens + 1 ? count : undefined;
  } catch {
    // A tokenizer that fails is as good as none: the estimate that is left is marked as one.
    return undefined;
  }
}
