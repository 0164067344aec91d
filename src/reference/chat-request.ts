/** The body of `POST /v1/chat/completions`: the OpenAI fields that mean something here, and llama.cpp's own. */
import * as z from 'zod';
import type { ReferenceEngine } from './engine.js';
import type { GenerationRequest } from './generation.js';
import { HttpFailure } from './http-failure.js';
import { chatMarks } from './vocabulary.js';

/** The model never ends by itself, so a request that names no length gets this many tokens, or what still fits. */
const DEFAULT_MAX_TOKENS = 256;

const textPart = z.object({ type: z.literal('text'), text: z.string() });
const maxTokens = z.number().int().positive().nullish();

export const chatRequestSchema = z.object({
  model: z.string().nullish(),
  messages: z
    .array(
      z.object({
        role: z.enum(['system', 'developer', 'user', 'assistant']),
        content: z.union([z.string(), z.array(textPart)]),
      }),
    )
    .min(1),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: maxTokens,
  max_completion_tokens: maxTokens,
  temperature: z.number().min(0).max(2).nullish(),
  /** Negative: a different one every time, as for llama.cpp's server. */
  seed: z.number().int().nullish(),
  ignore_eos: z.boolean().nullish(),
  cache_prompt: z.boolean().nullish(),
});

export type ChatRequest = z.infer<typeof chatRequestSchema>;

type PromptReader = Pick<ReferenceEngine, 'contextLength' | 'tokenize' | 'markToken'>;

/**
 * What the engine is to do for a request.
 *
 * @throws {HttpFailure} 404 for another model, 400 when prompt and output do not fit the context.
 */
export function generationRequest(
  chat: ChatRequest,
  engine: PromptReader,
  model: string,
  signal: AbortSignal,
): GenerationRequest {
  if (typeof chat.model === 'string' && chat.model !== model) throw modelNotFound(chat.model, model);
  const prompt = promptTokens(chat, engine);
  const room = engine.contextLength - prompt.length;
  const asked = chat.max_completion_tokens ?? chat.max_tokens ?? Math.min(DEFAULT_MAX_TOKENS, Math.max(room, 1));
  if (asked > room) throw contextExceeded(prompt.length, asked, engine.contextLength);
  const seed = chat.seed ?? -1;
  return {
    prompt,
    maxTokens: asked,
    temperature: chat.temperature ?? 0,
    // llama.cpp takes 32 bits.
    seed: seed < 0 ? undefined : seed >>> 0,
    ignoreEos: chat.ignore_eos ?? false,
    cachePrompt: chat.cache_prompt ?? false,
    signal,
  };
}

/** The chat template of the model file: each message between its role's mark and the end mark, then the answer's role. */
function promptTokens(chat: ChatRequest, engine: PromptReader): GenerationRequest['prompt'] {
  const messages = chat.messages.flatMap(({ role, content }) => {
    const text = typeof content === 'string' ? content : content.map((part) => part.text).join('');
    const mark = chatMarks[role === 'developer' ? 'system' : role];
    return [engine.markToken(mark), ...engine.tokenize(text), engine.markToken(chatMarks.end)];
  });
  return [...messages, engine.markToken(chatMarks.assistant)];
}

function modelNotFound(asked: string, served: string): HttpFailure {
  const message = `the model \`${asked}\` does not exist; this server has \`${served}\``;
  return new HttpFailure(404, 'invalid_request_error', message, { code: 'model_not_found' });
}

function contextExceeded(promptLength: number, maxTokens: number, contextLength: number): HttpFailure {
  const message =
    `the request exceeds the context size: ${promptLength} prompt tokens and ${maxTokens} tokens of output ` +
    `do not fit into ${contextLength}`;
  return new HttpFailure(400, 'exceed_context_size_error', message, {
    code: 'context_length_exceeded',
    details: { n_prompt_tokens: promptLength, n_ctx: contextLength },
  });
}
