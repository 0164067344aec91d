/** Answers one chat completion: as a stream of server-sent events, one for each token, or as a whole. */
import type { ServerResponse } from 'node:http';
import type { ChatRequest } from './chat-request.js';
import type { ReferenceEngine } from './engine.js';
import type { Generation, GenerationRequest } from './generation.js';
import { HttpFailure } from './http-failure.js';

export interface CompletionExchange {
  readonly response: ServerResponse;
  readonly chat: ChatRequest;
  readonly work: GenerationRequest;
  readonly engine: Pick<ReferenceEngine, 'generate'>;
  readonly model: string;
  readonly id: string;
  /** Wall clock at the request, in seconds since 1970. */
  readonly createdS: number;
}

/** Answers whole. Rejects, with nothing written, when the generation fails. */
export async function answerWhole(exchange: CompletionExchange): Promise<void> {
  const texts: string[] = [];
  const generation = await exchange.engine.generate(exchange.work, (text) => texts.push(text));
  const message = { role: 'assistant', content: texts.join('') };
  const body = {
    ...envelope(exchange, 'chat.completion'),
    choices: [{ index: 0, message, finish_reason: generation.finish }],
    usage: usage(generation),
    timings: timings(generation),
  };
  exchange.response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** Streams. A failure after the first event becomes an error event, since the status has been sent. */
export async function answerStream(exchange: CompletionExchange): Promise<void> {
  const { response, chat, work, engine } = exchange;
  const common = envelope(exchange, 'chat.completion.chunk');
  const send = (fields: object): void => void response.write(`data: ${JSON.stringify({ ...common, ...fields })}\n\n`);
  const sendDelta = (delta: object, finish: string | null, rest: object = {}): void =>
    send({ choices: [{ index: 0, delta, finish_reason: finish }], ...rest });
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  sendDelta({ role: 'assistant', content: '' }, null);
  try {
    const generation = await engine.generate(work, (content) => sendDelta({ content }, null));
    const own = { timings: timings(generation) };
    const includeUsage = chat.stream_options?.include_usage === true;
    sendDelta({}, generation.finish, includeUsage ? {} : own);
    if (includeUsage) send({ choices: [], usage: usage(generation), ...own });
    response.end('data: [DONE]\n\n');
  } catch (error) {
    work.signal.throwIfAborted();
    const failure = new HttpFailure(500, 'server_error', 'the generation failed', { cause: error });
    response.end(`data: ${JSON.stringify(failure.body)}\n\n`);
    throw failure;
  }
}

function envelope(exchange: CompletionExchange, object: string): object {
  return { id: exchange.id, object, created: exchange.createdS, model: exchange.model };
}

function usage(generation: Generation): object {
  return {
    prompt_tokens: generation.promptTokens,
    completion_tokens: generation.completionTokens,
    total_tokens: generation.promptTokens + generation.completionTokens,
    prompt_tokens_details: { cached_tokens: generation.cachedTokens },
  };
}

/** The fields of llama.cpp's server, with its meaning: `prompt_n` are the tokens that were computed. */
function timings(generation: Generation): object {
  return {
    cache_n: generation.cachedTokens,
    prompt_n: generation.promptTokens - generation.cachedTokens,
    prompt_ms: generation.promptMs,
    predicted_n: generation.completionTokens,
    predicted_ms: generation.predictedMs,
  };
}
