/** One generation in one sequence of a llama.cpp context: prefill, then token after token. */
import type { LlamaContextSequence, Token } from 'node-llama-cpp';

export interface GenerationRequest {
  readonly prompt: readonly Token[];
  readonly maxTokens: number;
  /** 0 takes the likeliest token every time. */
  readonly temperature: number;
  /** Fixes what a temperature above 0 draws; `undefined` draws differently every time. */
  readonly seed: number | undefined;
  /** Go on after the model's end token until `maxTokens`. */
  readonly ignoreEos: boolean;
  /** Keep what the sequence already holds of this prompt's beginning instead of computing it again. */
  readonly cachePrompt: boolean;
  readonly signal: AbortSignal;
}

export interface Generation {
  readonly finish: 'length' | 'stop';
  readonly promptTokens: number;
  /** Of the prompt's tokens, those that were not computed again. */
  readonly cachedTokens: number;
  readonly completionTokens: number;
  /** From the begin of the work to the first token; waiting for a slot is not in it. */
  readonly promptMs: number;
  /** From the first token to the last; 0 where there are fewer than two. */
  readonly predictedMs: number;
}

/** Rejects with the signal's reason when aborted: after the token, or the piece of the prompt, that is being computed. */
export async function generate(
  sequence: LlamaContextSequence,
  request: GenerationRequest,
  batchTokens: number,
  onText: (text: string) => void,
): Promise<Generation> {
  const { prompt, maxTokens, signal } = request;
  const begin = performance.now();
  const cachedTokens = await keepPrefix(sequence, request);
  const lastPiece = await evaluatePrompt(sequence, prompt.slice(cachedTokens), batchTokens, signal);
  let completionTokens = 0;
  let first = begin;
  let last = begin;
  const { temperature, seed } = request;
  const options = { temperature, yieldEogToken: request.ignoreEos, ...(seed !== undefined && { seed }) };
  for await (const token of sequence.evaluate(lastPiece, options)) {
    last = performance.now();
    if (completionTokens === 0) first = last;
    completionTokens += 1;
    signal.throwIfAborted();
    // As special text, so that an ignored end token is visible too: every counted token has its text.
    onText(sequence.model.detokenize([token], true));
    if (completionTokens === maxTokens) break;
  }
  return {
    finish: completionTokens === maxTokens ? 'length' : 'stop',
    promptTokens: prompt.length,
    cachedTokens,
    completionTokens,
    promptMs: first - begin,
    predictedMs: last - first,
  };
}

/** Leaves in the sequence what it may keep of an earlier request and returns how many tokens that are. */
async function keepPrefix(sequence: LlamaContextSequence, request: GenerationRequest): Promise<number> {
  const common = request.cachePrompt ? sequence.compareContextTokens([...request.prompt]).firstDifferentIndex : 0;
  // The last token is always computed: the first output comes from its logits.
  const kept = Math.min(common, request.prompt.length - 1);
  const held = sequence.nextTokenIndex;
  if (held > kept) await sequence.eraseContextTokenRanges([{ start: kept, end: held }]);
  return kept;
}

/** Evaluates all but the last piece, which it returns. */
async function evaluatePrompt(
  sequence: LlamaContextSequence,
  tokens: readonly Token[],
  batchTokens: number,
  signal: AbortSignal,
): Promise<Token[]> {
  let done = 0;
  for (; tokens.length - done > batchTokens; done += batchTokens) {
    signal.throwIfAborted();
    await sequence.evaluateWithoutGeneratingNewTokens(tokens.slice(done, done + batchTokens));
  }
  signal.throwIfAborted();
  return tokens.slice(done);
}
