/** Sizes filling prompts to a number of prompt tokens. */
import type { InferenceServer } from './inference-server.js';
import { fillingPrompt } from './prompts.js';

interface Observation {
  readonly words: number;
  readonly tokens: number;
}

// Common English words are slightly more than one token each; chat templates add about this much.
const FIRST_GUESS_TOKENS_PER_WORD = 1.15;
const FIRST_GUESS_OVERHEAD = 40;
const CLOSE_ENOUGH = 0.003;
const MAX_ROUNDS = 5;
// As long as a real nonce, so that it costs as many tokens.
const PLACEHOLDER_NONCE = '0f1e2d3c4b5a6978';

/**
 * Finds how many filler words make a prompt of so many tokens: by the server's tokenizer where it has one, else from
 * what earlier requests with filling prompts cost. Both learn the chat template's share from those requests.
 */
export class PromptSizer {
  readonly #server: InferenceServer;
  readonly #model: string;
  #templateTokens = 0;
  #observations: Observation[] = [];

  constructor(server: InferenceServer, model: string) {
    this.#server = server;
    this.#model = model;
  }

  /** True where sizes come from the server's tokenizer and need no request to learn from. */
  get hasTokenizer(): boolean {
    return this.#server.countTokens !== undefined;
  }

  /** Learns from a finished request: a filling prompt of `words` words cost `promptTokens` prompt tokens. */
  async observe(words: number, promptTokens: number, signal: AbortSignal): Promise<void> {
    this.#observations = [
      ...this.#observations.filter((seen) => seen.words !== words),
      { words, tokens: promptTokens },
    ];
    const counted = await this.#count(words, signal);
    if (counted !== undefined) this.#templateTokens = Math.max(0, promptTokens - counted);
  }

  /** Filler words for a prompt of `targetTokens` tokens, chat template included. */
  async wordsFor(targetTokens: number, signal: AbortSignal): Promise<number> {
    const estimate = this.#estimate(targetTokens);
    if (!this.hasTokenizer) return estimate;
    let words = estimate;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const counted = await this.#count(words, signal);
      if (counted === undefined) return estimate;
      const tokens = counted + this.#templateTokens;
      if (Math.abs(tokens - targetTokens) <= Math.max(1, CLOSE_ENOUGH * targetTokens)) break;
      words = Math.max(1, Math.round(words * (targetTokens / tokens)));
    }
    return words;
  }

  async #count(words: number, signal: AbortSignal): Promise<number | undefined> {
    try {
      return await this.#server.countTokens?.(fillingPrompt(PLACEHOLDER_NONCE, words), this.#model, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      return undefined;
    }
  }

  /** tokens = slope · words + overhead, through the observations nearest to the target in size. */
  #estimate(targetTokens: number): number {
    const distance = (seen: Observation) => Math.abs(Math.log(seen.tokens / targetTokens));
    const [near, next] = this.#observations.toSorted((a, b) => distance(a) - distance(b));
    let slope = FIRST_GUESS_TOKENS_PER_WORD;
    let overhead = FIRST_GUESS_OVERHEAD;
    if (near !== undefined && next !== undefined) {
      slope = (near.tokens - next.tokens) / (near.words - next.words);
      overhead = near.tokens - slope * near.words;
    } else if (near !== undefined) overhead = near.tokens - slope * near.words;
    return Math.max(1, Math.round((targetTokens - overhead) / slope));
  }
}
