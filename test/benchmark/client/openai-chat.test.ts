import t from 'tap';
import { openAiChat } from '../../../src/benchmark/client/openai-chat.js';

t.test('a token is told from a role, an empty delta and a quotation', async (t) => {
  const textOf = (data: string) => {
    const said = openAiChat.reader()({ atMs: 0, type: undefined, data });
    return said.kind === 'chunk' ? `${said.reasoning}${said.answer}` : undefined;
  };
  const textOfDelta = (fields: object) => textOf(JSON.stringify({ choices: [{ delta: fields }] }));
  for (const name of ['content', 'reasoning', 'reasoning_content']) {
    t.equal(textOfDelta({ role: 'assistant', [name]: 'Hi' }), 'Hi', name);
    t.equal(textOfDelta({ role: 'assistant', [name]: '' }), '', `empty ${name}`);
    t.equal(textOfDelta({ [name]: null }), '', `no ${name}`);
  }
  t.equal(textOfDelta({ role: 'assistant' }), '');
  t.equal(textOf('{"choices": [{"delta": {"content" : "Hi"}}]}'), 'Hi', 'with blanks');
  t.equal(textOfDelta({ tool: '{"content":"Hi"}' }), '');
});
