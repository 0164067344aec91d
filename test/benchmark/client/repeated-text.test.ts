import t from 'tap';
import type { ChatChunk, ChatEvent, StreamEvent } from '../../../src/benchmark/client/chat-protocol.js';
import { openAiChat } from '../../../src/benchmark/client/openai-chat.js';
import { repeatedText } from '../../../src/benchmark/client/repeated-text.js';

const chunk = (delta: string, rest = '') =>
  `{"id":"c1","model":"m","choices":[{"index":0,"delta":${delta},"finish_reason":null}]${rest}}`;
const piece = (json: string) => chunk(`{"content":${json}}`);
const event = (json: string) => `data: ${json}\n\n`;

/** What the bytes of one event say, read alone. */
function alone(body: string): ChatEvent | undefined {
  const cutter = openAiChat.cutter();
  const cut: readonly StreamEvent[] = cutter.push({ atMs: 1, bytes: Buffer.from(body) });
  return cut.map(openAiChat.reader())[0];
}

/** What is said of each event, and how many of them were read. */
function read(...bodies: readonly string[]) {
  const repeated = repeatedText();
  let parsed = 0;
  const said = bodies.map((body) => {
    const bytes = Buffer.from(body).toString('latin1');
    // In the middle of others, as in a stream.
    const words = repeated.wordsOf(`before${bytes}behind`, 6, 6 + bytes.length);
    if (words !== undefined) return withWords(repeated.chunk, words);
    parsed += 1;
    const first = alone(body);
    if (first?.kind === 'chunk') repeated.learn(bytes, first);
    return first;
  });
  return { said: withoutObjects(said), parsed };
}

function withWords(chunk: ChatChunk | undefined, words: string): ChatChunk | undefined {
  return chunk && { ...chunk, [chunk.answer === '' ? 'reasoning' : 'answer']: words };
}

function withoutObjects(said: readonly (ChatEvent | undefined)[]): readonly object[] {
  return said.map((one) => ({ ...one, object: undefined }));
}

t.test('an event that differs from the one before in its text alone is not read again', async (t) => {
  const bodies = [piece('" one"'), piece('" two"'), piece('" drei ü 🙂"'), piece('"}"')].map(event);
  const { said, parsed } = read(...bodies);
  t.same(said, withoutObjects(bodies.map(alone)));
  t.match(said, [{ answer: ' one' }, { answer: ' two' }, { answer: ' drei ü 🙂' }, { answer: '}' }]);
  t.equal(parsed, 1);
});

t.test('reasoning stays reasoning', async (t) => {
  const { said, parsed } = read(...['a', 'b'].map((text) => event(chunk(`{"reasoning_content":"${text}"}`))));
  t.match(said, [
    { answer: '', reasoning: 'a' },
    { answer: '', reasoning: 'b' },
  ]);
  t.equal(parsed, 1);
});

t.test('the object is that of the event that was read', async (t) => {
  const repeated = repeatedText();
  const first = alone(event(piece('"a"'))) as ChatChunk;
  repeated.learn(event(piece('"a"')), first);
  const body = event(piece('"b"'));
  t.equal(repeated.wordsOf(body, 0, body.length), 'b');
  t.equal(repeated.chunk?.object, first.object);
});

t.test('whatever else stands around the text is the same for both', async (t) => {
  const named = (text: string) => `: a comment\nevent: message\r\nid: 7\r\ndata: ${piece(`"${text}"`)}\r\n\r\n`;
  const { said, parsed } = read(named('a'), named('b'));
  t.match(said, [{ answer: 'a' }, { answer: 'b' }]);
  t.equal(parsed, 1);
});

const differing: Readonly<Record<string, readonly string[]>> = {
  'a text with an escape': [piece('"a"'), piece('"\\n"'), piece('"\\u0062"'), piece('"\\"x"')],
  'a text that ends its string': [piece('"a"'), piece('"b","x":"c"')],
  'a text with a raw control character, which is no JSON': [piece('"a"'), piece('"\tb"')],
  'a text with the end of an event in it': [piece('"a"'), piece('"b\n\nc"')],
  'an empty text': [piece('"a"'), piece('""')],
  'another name before it': [piece('"a"'), chunk('{"reasoning":"b"}')],
  'an end': [piece('"a"'), piece('"b"').replace('null', '"length"')],
  'a usage': [piece('"a"'), chunk('{"content":"b"}', ',"usage":{"completion_tokens":2}')],
  'an event that is longer on both sides than what it is compared with': [piece('"a"'), `${piece('"b"')}]}`],
  'a text that also stands elsewhere': [piece('"m"'), piece('"c1"'), piece('"b"')],
  'a text that stands there as an escape, and elsewhere as it is': [
    '{"model":"a","choices":[{"delta":{"content":"\\u0061"}}]}',
    '{"model":"b","choices":[{"delta":{"content":"\\u0061"}}]}',
  ],
  'a text that is a name': [
    '{"x":1,"choices":[{"delta":{"content":"x"}}]}',
    '{"y":1,"choices":[{"delta":{"content":"x"}}]}',
  ],
  'a text that stands between two strings': [piece('":"'), piece('","'), piece('"b"')],
  'other figures': [piece('"a"'), piece('"b"').replace('"index":0', '"index":1')],
  'an error': [piece('"a"'), '{"error":{"message":"out of memory"}}'],
  'the end of the stream': [piece('"a"'), '[DONE]'],
};

for (const [name, datas] of Object.entries(differing)) {
  t.test(`${name} is read as it would be alone`, async (t) => {
    const bodies = datas.map(event);
    t.same(read(...bodies).said, withoutObjects(bodies.map(alone)));
  });
}

t.test('what comes as another type of event is read', async (t) => {
  const { said } = read(event(piece('"a"')), `event: error\n${event(piece('"b"'))}`);
  t.match(said, [{ kind: 'chunk' }, { kind: 'failure' }]);
});

t.test('bytes that are no UTF-8 read as they would alone', async (t) => {
  const repeated = repeatedText();
  repeated.learn(event(piece('"a"')), alone(event(piece('"a"'))) as ChatChunk);
  const [before = '', after = ''] = event(piece('"?"')).split('?');
  const body = `${before}b\u00ffc${after}`;
  t.equal(repeated.wordsOf(body, 0, body.length), 'b\ufffdc');
});

t.test('any text after any other reads as it would alone', async (t) => {
  const texts = [
    'a',
    'b',
    ' ',
    '"',
    '\\',
    '\n',
    '\u0000',
    '\u007f',
    '\u0085',
    'é',
    '🙂',
    '}',
    '":"',
    'content',
    'm',
    'c1',
    '\u2028',
    '\ud800',
  ];
  const pairs = texts.flatMap((first) => texts.map((second) => [first, second, first]));
  const all = pairs.map((pair) => pair.map((text) => event(piece(JSON.stringify(text)))));
  t.same(
    all.map((bodies) => read(...bodies).said),
    all.map((bodies) => withoutObjects(bodies.map(alone))),
  );
  t.equal(all.length, texts.length ** 2);
});
