import t from 'tap';
import { chatEventIn, linesOf } from '../../src/ask/chat-events.js';

async function linesIn(...parts: (string | Uint8Array)[]): Promise<string[]> {
  const lines: string[] = [];
  async function* body() {
    for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part;
  }
  for await (const line of linesOf(body())) lines.push(line);
  return lines;
}

t.test('lines come out whole, however the body was cut', async (t) => {
  t.same(await linesIn('a\nb', 'c\n\nd'), ['a', 'bc', '', 'd']);
  const bytes = Buffer.from('ü\n');
  t.same(await linesIn(bytes.subarray(0, 1), bytes.subarray(1)), ['ü']);
});

t.test('what has no end is an error', async (t) => {
  await t.rejects(linesIn('x'.repeat(2 ** 20 + 1)), { code: 'bad_response', message: /does not end/ });
  const line = `${'x'.repeat(2 ** 20 - 1)}\n`;
  await t.rejects(linesIn(...Array.from({ length: 33 }, () => line)), { code: 'bad_response' });
});

t.test('text, end and mark are told apart from all else', async (t) => {
  t.same(chatEventIn('data: {"choices":[{"delta":{"content":"a"}}]}'), { text: 'a', finish: undefined });
  t.same(chatEventIn('data:{"choices":[{"delta":{},"finish_reason":"length"}]}'), { text: '', finish: 'length' });
  t.same(chatEventIn('data: {"choices":[],"usage":{"total_tokens":3}}'), { text: '', finish: undefined });
  t.same(chatEventIn('data: {"choices":[{"delta":{"content":null},"finish_reason":null}],"error":null}'), {
    text: '',
    finish: undefined,
  });
  t.equal(chatEventIn('data: [DONE]\r'), 'done');
  for (const line of ['', ': keepalive', 'event: error', 'data:']) t.equal(chatEventIn(line), undefined, line);
});

t.test('errors inside of a stream are thrown with their words', async (t) => {
  for (const body of ['{"error":{"message":"no room"}}', '{"object":"error","message":"no room"}']) {
    t.throws(() => chatEventIn(`data: ${body}`), { code: 'bad_response', message: 'no room' });
  }
  t.throws(() => chatEventIn('data: {"choices":"none"}'), { code: 'bad_response' });
  t.throws(() => chatEventIn('data: {'), { code: 'bad_response' });
});
