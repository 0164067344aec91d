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
// No tokenizer is outside of these with common English words: a count that is comes from a server that cuts prompts
// off or does not count at all, and would size the next prompt without bound.
const LEAST_TOKENS_PER_WORD = 0.4;
const MOST_TOKENS_PER_WORD = 12;
// A prompt may be this share shorter than its target and not longer: a server's context may end right behind it.
const SHORT_BY = 0.005;
// Where only prompts of quite other sizes were counted, the estimate itself may be off by almost as much.
const ESTIMATE_SHORT_BY = 0.015;
// Sizes are compared by the logarithm of their ratio.
const NEARBY = 0.1;
const APART = 0.3;
const MAX_ROUNDS = 5;
// As long as a real nonce, so that it costs as many tokens.
const SAMPLE_NONCE = '0f1e2d3c4b5a6978';

/**
 * Finds how many filler words make a prompt of so many tokens: by the server's tokenizer where it has one, else from
 * what earlier requests with filling prompts cost. Both learn the chat template's share from those requests.
 */
export class PromptSizer {
  readonly #server: InferenceServer;
  readonly #model: string;
  #templateTokens = 0;
  #tokenizerAnswers = true;
  #observations: Observation[] = [];
  /** Tokens of the prompts that were counted, by their words: the same text has the same tokens. */
  readonly #counted = new Map<number, number>();

  constructor(server: InferenceServer, model: string) {
    this.#server = server;
    this.#model = model;
  }

  /** True where sizes come from the server's tokenizer, as far as it was asked, and need no request to learn from. */
  get hasTokenizer(): boolean {
    return this.#server.countTokens !== undefined && this.#tokenizerAnswers;
  }

  /** Learns from a finished request: a filling prompt of `words` words cost `promptTokens` prompt tokens. */
  async observe(words: number, promptTokens: number, signal: AbortSignal): Promise<void> {
    if (promptTokens < words * LEAST_TOKENS_PER_WORD) return;
    this.#observations = [
      ...this.#observations.filter((seen) => seen.words !== words),
      { words, tokens: promptTokens },
    ];
    const counted = await this.#count(words, signal);
    if (counted !== undefined) this.#templateTokens = Math.max(0, promptTokens - counted);
  }

  /**
   * Asks ahead for what will have to be known: prompts of so many words, and the size of prompts of so many tokens, of
   * which the chat template's share is still to come. Never rejects: whoever needs a count that did not come asks again.
   */
  async askAhead(words: readonly number[], targetTokens: readonly number[], signal: AbortSignal): Promise<void> {
    await Promise.allSettled([
      ...words.map((each) => this.#count(each, signal)),
      ...targetTokens.map((tokens) => this.wordsFor(tokens, signal)),
    ]);
  }

  /**
   * Prompt tokens of a filling prompt of `words` words, chat template included; `undefined` as long as too little was
   * learnt: before the first request with a tokenizer, before two requests of quite different sizes without.
   */
  tokensOf(words: number): number | undefined {
    if (this.#observations.length === 0) return undefined;
    const counted = this.#counted.get(words);
    if (counted !== undefined) return counted + this.#templateTokens;
    const [near, next] = apart(this.#observations.toSorted((a, b) => ratio(a.words, words) - ratio(b.words, words)));
    if (near === undefined) return undefined;
    if (near.words === words) return near.tokens;
    return next === undefined ? undefined : Math.round(near.tokens + tokensPerWord(near, next) * (words - near.words));
  }

  /** Filler words for a prompt of `targetTokens` tokens, chat template included. */
  async wordsFor(targetTokens: number, signal: AbortSignal): Promise<number> {
    if (this.#server.countTokens === undefined) return this.#estimate(targetTokens);
    const aim = targetTokens * (1 - SHORT_BY / 2);
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const prompts = this.#countedPrompts();
      // The runs of a test are alike, and nothing is asked twice.
      const fitting = nearest(prompts, aim).find(
        ({ tokens }) => tokens <= targetTokens && tokens >= targetTokens * (1 - SHORT_BY),
      );
      if (fitting !== undefined) return fitting.words;
      const counted = await this.#count(
        wordsOnLine(prompts, targetTokens, () => aim),
        signal,
      );
      if (counted === undefined) return this.#estimate(targetTokens);
    }
    return wordsOnLine(this.#countedPrompts(), targetTokens, () => aim);
  }

  #countedPrompts(): readonly Observation[] {
    return [...this.#counted].map(([words, tokens]) => ({ words, tokens: tokens + this.#templateTokens }));
  }

  async #count(words: number, signal: AbortSignal): Promise<number | undefined> {
    const known = this.#counted.get(words);
    if (known !== undefined) return known;
    this.#tokenizerAnswers = false;
    try {
      const tokens = await this.#server.countTokens?.(fillingPrompt(SAMPLE_NONCE, words), this.#model, signal);
      this.#tokenizerAnswers = tokens !== undefined && tokens >= words * LEAST_TOKENS_PER_WORD;
      if (!this.#tokenizerAnswers || tokens === undefined) return undefined;
      this.#counted.set(words, tokens);
      return tokens;
    } catch (error) {
      if (signal.aborted) throw error;
      return undefined;
    }
  }

  #estimate(targetTokens: number): number {
    return wordsOnLine(this.#observations, targetTokens, (near) => {
      const isNearby = near !== undefined && distance(near, targetTokens) <= NEARBY;
      return targetTokens * (1 - (isNearby ? SHORT_BY : ESTIMATE_SHORT_BY));
    });
  }
}

function ratio(a: number, b: number): number {
  return Math.abs(Math.log(a / b));
}

function distance({ tokens }: Observation, targetTokens: number): number {
  return ratio(tokens, targetTokens);
}

function nearest(observations: readonly Observation[], targetTokens: number): readonly Observation[] {
  return observations.toSorted((a, b) => distance(a, targetTokens) - distance(b, targetTokens));
}

/**
 * tokens = slope · words + overhead, through the observations nearest to the target in size, but apart; `aimFor` says
 * how many tokens to aim at, given the nearest one.
 */
function wordsOnLine(
  observations: readonly Observation[],
  targetTokens: number,
  aimFor: (near: Observation | undefined) => number,
): number {
  const [near, next] = apart(nearest(observations, targetTokens));
  const slope = tokensPerWord(near, next);
  const overhead = near === undefined ? FIRST_GUESS_OVERHEAD : near.tokens - slope * near.words;
  return Math.max(1, Math.round((aimFor(near) - overhead) / slope));
}

/** The first, and the next that differs from it in size: prompts of almost one size differ more by what they hold. */
function apart([near, ...others]: readonly Observation[]): [Observation | undefined, Observation | undefined] {
  return [near, others.find((seen) => near !== undefined && ratio(seen.words, near.words) >= APART)];
}

function tokensPerWord(near: Observation | undefined, next: Observation | undefined): number {
  if (near === undefined || next === undefined) return FIRST_GUESS_TOKENS_PER_WORD;
  const slope = (near.tokens - next.tokens) / (near.words - next.words);
  return slope >= LEAST_TOKENS_PER_WORD && slope <= MOST_TOKENS_PER_WORD ? slope : FIRST_GUESS_TOKENS_PER_WORD;
}
