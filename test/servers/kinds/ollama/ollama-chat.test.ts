import t from 'tap';
import type { StreamEvent } from '../../../../src/benchmark/client/chat-protocol.js';
import { ollamaChat } from '../../../../src/servers/kinds/ollama/ollama-chat.js';

const chat = ollamaChat(() => 10_240);

function line(fields: object): string {
  return `${JSON.stringify({ model: 'm', created_at: '2026-11-21T12:00:00.123456789Z', ...fields })}\n`;
}

const piece = (content: string, thinking?: string) =>
  line({ message: { role: 'assistant', content, thinking }, done: false });
const lastLine = line({
  message: { role: 'assistant', content: '' },
  done: true,
  done_reason: 'length',
  load_duration: 31_000_000,
  prompt_eval_count: 26,
  eval_count: 290,
});

/** Cut as if each text had come in a read of its own, one millisecond after the other. */
function events(...texts: readonly (string | Buffer)[]): readonly StreamEvent[] {
  const cutter = chat.cutter();
  const cut = texts.flatMap((text, atMs) => cutter.push({ atMs, bytes: Buffer.from(text) }));
  return [...cut, ...cutter.end()];
}

const said = (...texts: readonly string[]) => events(...texts).map(chat.reader());

t.test('asks for the context that the model has, no answer longer than wanted, and no prompt to be cut', (t) => {
  t.same(chat.body({ model: 'm', prompt: 'Where?', nonce: 'n', maxTokens: 64 }), {
    model: 'm',
    messages: [{ role: 'user', content: 'Where?' }],
    stream: true,
    truncate: false,
    options: { num_ctx: 10_240, num_predict: 64, temperature: 0 },
  });
  const unknown = ollamaChat(() => undefined).body({ model: 'm', prompt: 'Where?', nonce: 'n', maxTokens: 64 });
  t.same(unknown['options'], { num_predict: 64, temperature: 0 });
  t.end();
});

t.test('reads thoughts, answer and the last line with its counts', (t) => {
  t.match(said(piece('', 'hm'), piece(' the'), lastLine), [
    { kind: 'chunk', answer: '', reasoning: 'hm', finishReason: undefined, usage: undefined },
    { kind: 'chunk', answer: ' the', reasoning: '' },
    {
      kind: 'chunk',
      answer: '',
      reasoning: '',
      finishReason: 'length',
      usage: { promptTokens: 26, completionTokens: 290, cachedTokens: undefined },
      object: { load_duration: 31_000_000 },
    },
  ]);
  t.end();
});

t.test('a line is an event when its last byte is there, wherever the reads were cut, inside of a letter too', (t) => {
  const bytes = Buffer.from(piece(' 🙂'));
  const inLetter = bytes.indexOf('🙂') + 2;
  const cut = events(
    bytes.subarray(0, inLetter),
    bytes.subarray(inLetter),
    Buffer.from('\r\n'),
    Buffer.from(lastLine.trim()),
  );
  t.same(
    cut.map(({ atMs }) => atMs),
    [1, 3],
  );
  t.match(cut.map(chat.reader()), [{ answer: ' 🙂' }, { finishReason: 'length' }]);
  t.end();
});

t.test('an error is one in whichever line it comes', (t) => {
  const [first, second] = said(piece(' the'), '{"error":"an error was encountered while running the model: EOF"}\n');
  t.match(first, { kind: 'chunk' });
  t.match(second, { kind: 'failure', failure: { error: 'stream_error', detail: /while running the model/ } });
  t.match(said('{"error":"the input length exceeds the context length"}\n'), [
    { kind: 'failure', failure: { error: 'context_exceeded' } },
  ]);
  t.match(said('<html>\n', '[1]\n'), [
    { kind: 'failure', failure: { error: 'bad_response' } },
    { kind: 'failure', failure: { error: 'bad_response' } },
  ]);
  t.end();
});

t.test('an answer given up because it repeated itself says so, one that only repeats itself does not', (t) => {
  const equal = Array.from({ length: 31 }, (_, index) => piece(index % 2 === 0 ? ' the' : 'the '));
  t.match(said(piece(' once'), ...equal).at(-1), {
    kind: 'failure',
    failure: { error: 'bad_response', detail: /31 equal tokens/ },
  });
  t.match(said(...equal, lastLine).at(-1), { kind: 'chunk', finishReason: 'length' });
  t.match(said(...equal.slice(1)).at(-1), { kind: 'chunk', answer: ' the' });
  t.end();
});

t.test('while it streams, lines are counted', (t) => {
  t.equal(chat.countEvents(Buffer.from(piece(' a') + piece(' b'))), 2);
  t.end();
});
