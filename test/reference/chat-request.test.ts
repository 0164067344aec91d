import type { Token } from 'node-llama-cpp';
import t from 'tap';
import { type ChatRequest, chatRequestSchema, generationRequest } from '../../src/reference/chat-request.js';
import type { GenerationRequest } from '../../src/reference/generation.js';

const asToken = (id: number): Token => id as unknown as Token;
const marks = ['<|end|>', '<|system|>', '<|user|>', '<|assistant|>'];

/** One token a character, and the marks below a hundred: enough to see how a prompt is put together. */
const engine = {
  contextLength: 100,
  tokenize: (text: string) => [...text].map((character) => asToken(character.charCodeAt(0) + 1000)),
  markToken: (mark: string) => asToken(marks.indexOf(mark)),
};
const signal = new AbortController().signal;
const [end, system, user, assistant] = [0, 1, 2, 3];

function read(more: object, text = 'a'): GenerationRequest {
  const chat: ChatRequest = chatRequestSchema.parse({ messages: [{ role: 'user', content: text }], ...more });
  return generationRequest(chat, engine, 'served', signal);
}

t.test('builds the prompt as the chat template of the model does', async (t) => {
  const messages = [
    { role: 'system', content: 'A' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'B' },
        { type: 'text', text: 'C' },
      ],
    },
    { role: 'assistant', content: '' },
    { role: 'developer', content: 'D' },
  ];
  t.same(read({ messages }).prompt, [
    ...[system, 1065, end],
    ...[user, 1066, 1067, end],
    ...[assistant, end],
    ...[system, 1068, end],
    assistant,
  ]);
});

t.test('without any option takes the likeliest tokens, some number of them, and no cache', async (t) => {
  const { maxTokens, temperature, seed, ignoreEos, cachePrompt } = read({});
  t.same(
    { maxTokens, temperature, seed, ignoreEos, cachePrompt },
    {
      maxTokens: 96,
      temperature: 0,
      seed: undefined,
      ignoreEos: false,
      cachePrompt: false,
    },
  );
});

t.test('takes the options that are given, null being none', async (t) => {
  t.match(read({ max_tokens: 7, temperature: 0.5, seed: 9, ignore_eos: true, cache_prompt: true, model: 'served' }), {
    maxTokens: 7,
    temperature: 0.5,
    seed: 9,
    ignoreEos: true,
    cachePrompt: true,
  });
  t.equal(read({ max_tokens: 7, max_completion_tokens: 8 }).maxTokens, 8);
  t.match(read({ max_tokens: null, temperature: null, seed: null, model: null }), { maxTokens: 96, temperature: 0 });
  t.equal(read({ seed: -1 }).seed, undefined);
  t.equal(read({ seed: 2 ** 32 + 5 }).seed, 5);
});

function refusal(more: object, text?: string): unknown {
  try {
    read(more, text);
  } catch (error) {
    return error;
  }
  throw new Error('accepted');
}

t.test('another model is a 404', async (t) => {
  t.match(refusal({ model: 'gpt' }), { status: 404, code: 'model_not_found', message: /`gpt`.*`served`/ });
});

t.test('prompt and output must fit the context together', async (t) => {
  t.equal(read({ max_tokens: 96 }).maxTokens, 96);
  t.match(refusal({ max_tokens: 97 }), {
    status: 400,
    type: 'exceed_context_size_error',
    details: { n_prompt_tokens: 4, n_ctx: 100 },
  });
  t.match(refusal({}, 'x'.repeat(97)), { type: 'exceed_context_size_error' });
});

t.test('refuses what it cannot mean', async (t) => {
  const messages = [{ role: 'user', content: 'a' }];
  const wrong = [
    {},
    { messages: [] },
    { messages: [{ role: 'tool', content: 'a' }] },
    { messages: [{ role: 'user', content: [{ type: 'image_url' }] }] },
    { messages, max_tokens: 0 },
    { messages, max_tokens: 1.5 },
    { messages, temperature: -1 },
    { messages, stream: 'yes' },
  ];
  for (const body of wrong) t.equal(chatRequestSchema.safeParse(body).success, false, JSON.stringify(body));
});
