import t from 'tap';
import { openAiChat } from '../../../src/benchmark/client/openai-chat.js';

t.test('a token is told from a role, an empty delta and a quotation', async (t) => {
  const delta = (fields: object) => Buffer.from(`data: ${JSON.stringify({ choices: [{ delta: fields }] })}\n\n`);
  for (const name of ['content', 'reasoning', 'reasoning_content']) {
    t.ok(openAiChat.hasToken(delta({ role: 'assistant', [name]: 'Hi' })), name);
    t.notOk(openAiChat.hasToken(delta({ role: 'assistant', [name]: '' })), `empty ${name}`);
    t.notOk(openAiChat.hasToken(delta({ [name]: null })), `no ${name}`);
  }
  t.notOk(openAiChat.hasToken(delta({ role: 'assistant' })));
  t.ok(openAiChat.hasToken(Buffer.from('data: {"choices": [{"delta": {"content" : "Hi"}}]}\n\n')), 'with blanks');
  t.notOk(openAiChat.hasToken(delta({ tool: '{"content":"Hi"}' })));
});
