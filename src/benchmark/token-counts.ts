import type { RequestTimings } from './client/request-timings.js';
import type { InferenceServer } from './inference-server.js';
import type { TokenCounts } from './run-metrics.js';

export interface CountedRequest {
  readonly server: InferenceServer;
  readonly model: string;
  readonly signal: AbortSignal;
}

/**
 * Counts the tokens of a finished request from the best source there is: the response's usage, the server's own
 * figures, its tokenizer, and last the number of chunks, which is only an estimate (a chunk is not a token).
 */
export async function countedTokens(timings: RequestTimings, request: CountedRequest): Promise<TokenCounts> {
  const { usage, own } = timings;
  const promptTokens = usage.promptTokens ?? own?.promptTokens;
  if (usage.completionTokens) return { promptTokens, completionTokens: usage.completionTokens, source: 'server_usage' };
  if (own?.completionTokens) return { promptTokens, completionTokens: own.completionTokens, source: 'server_timings' };
  try {
    const completionTokens = await request.server.countTokens?.(timings.text, request.model, request.signal);
    if (completionTokens) return { promptTokens, completionTokens, source: 'tokenizer' };
  } catch {
    // A tokenizer that fails is as good as none: the estimate below is marked as one.
  }
  return { promptTokens, completionTokens: timings.tokenStampsMs.length, source: 'chunk_estimate' };
}
