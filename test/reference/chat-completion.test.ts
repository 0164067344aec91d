import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { answerStream, answerWhole, type CompletionExchange } from '../../src/reference/chat-completion.js';
import { type ChatRequest, chatRequestSchema } from '../../src/reference/chat-request.js';
import type { Generation } from '../../src/reference/generation.js';

const generation: Generation = {
  finish: 'length',
  promptTokens: 10,
  cachedTokens: 4,
  completionTokens: 2,
  promptMs: 1.5,
  predictedMs: 2.5,
};
const timings = { cache_n: 4, prompt_n: 6, prompt_ms: 1.5, predicted_n: 2, predicted_ms: 2.5 };
const usage = {
  prompt_tokens: 10,
  completion_tokens: 2,
  total_tokens: 12,
  prompt_tokens_details: { cached_tokens: 4 },
};
const common = { id: 'chatcmpl-1', created: 5, model: 'm' };

interface Answered {
  readonly text: string;
  readonly contentType: string | null;
  readonly failure: unknown;
}

/** What a client receives of one exchange, and how the answering ended. */
async function answered(
  t: Test,
  answer: (exchange: CompletionExchange) => Promise<void>,
  generate: CompletionExchange['engine']['generate'],
  more: Partial<ChatRequest> = {},
): Promise<Answered> {
  const chat = chatRequestSchema.parse({ messages: [{ role: 'user', content: 'a' }], ...more });
  const { signal } = new AbortController();
  const work = {
    prompt: [],
    maxTokens: 2,
    temperature: 0,
    seed: undefined,
    ignoreEos: false,
    cachePrompt: false,
    signal,
  };
  let failure: unknown;
  const http = createServer(async (_request, response) => {
    const exchange = { response, chat, work, engine: { generate }, model: 'm', id: 'chatcmpl-1', createdS: 5 };
    failure = await answer(exchange).catch((error: unknown) => error);
    if (!response.writableEnded) response.end();
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  t.teardown(() => http.close());
  const received = await fetch(`http://127.0.0.1:${(http.address() as AddressInfo).port}`, {
    headers: { connection: 'close' },
  });
  return { text: await received.text(), contentType: received.headers.get('content-type'), failure };
}

function events(text: string): unknown[] {
  const lines = text.split('\n\n').filter((event) => event !== '');
  return lines.map((event) => (event === 'data: [DONE]' ? 'done' : JSON.parse(event.slice('data: '.length))));
}

const twoWords: CompletionExchange['engine']['generate'] = async (_work, onText) => {
  onText(' one');
  onText(' two');
  return generation;
};

t.test('streams the role, each token as its own event, the finish, then the usage with timings', async (t) => {
  const { text, contentType } = await answered(t, answerStream, twoWords, { stream_options: { include_usage: true } });
  const chunk = (delta: object, finish: string | null = null): object => ({
    ...common,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
  t.equal(contentType, 'text/event-stream');
  t.same(events(text), [
    chunk({ role: 'assistant', content: '' }),
    chunk({ content: ' one' }),
    chunk({ content: ' two' }),
    chunk({}, 'length'),
    { ...common, object: 'chat.completion.chunk', choices: [], usage, timings },
    'done',
  ]);
});

t.test('without usage the timings are in the chunk that finishes', async (t) => {
  const { text } = await answered(t, answerStream, twoWords);
  const last = events(text).at(-2);
  t.match(last, { choices: [{ finish_reason: 'length' }], timings });
  t.notMatch(text, 'usage');
});

t.test('a failure in the middle of a stream ends it with an error event and is told to the caller', async (t) => {
  const broken: CompletionExchange['engine']['generate'] = async (_work, onText) => {
    onText(' one');
    throw new Error('out of memory');
  };
  const { text, failure } = await answered(t, answerStream, broken);
  t.match(events(text).at(-1), { error: { type: 'server_error', message: 'the generation failed' } });
  t.match(failure, { status: 500, cause: { message: 'out of memory' } });
});

t.test('answers whole with the text, usage and timings', async (t) => {
  const { text, contentType } = await answered(t, answerWhole, twoWords);
  t.equal(contentType, 'application/json');
  t.same(JSON.parse(text), {
    ...common,
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content: ' one two' }, finish_reason: 'length' }],
    usage,
    timings,
  });
});

t.test('answered whole, a failure writes nothing', async (t) => {
  const error = new Error('out of memory');
  const { text, failure } = await answered(t, answerWhole, () => Promise.reject(error));
  t.equal(text, '');
  t.equal(failure, error);
});
