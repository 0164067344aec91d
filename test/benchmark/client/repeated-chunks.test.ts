import t from 'tap';
import type { StreamEvent } from '../../../src/benchmark/client/chat-protocol.js';
import { openAiChat } from '../../../src/benchmark/client/openai-chat.js';
import { repeatedChunks } from '../../../src/benchmark/client/repeated-chunks.js';

const event = (data: string, type?: string): StreamEvent => ({ atMs: 1, type, data });
const chunk = (delta: string, rest = '') =>
  `{"id":"c1","model":"m","choices":[{"index":0,"delta":${delta},"finish_reason":null}]${rest}}`;
const piece = (json: string) => chunk(`{"content":${json}}`);

/** What is said of each event, and how many of them were parsed. */
function read(...events: readonly StreamEvent[]) {
  const parse = plainReader();
  let parsed = 0;
  const reader = repeatedChunks((one) => {
    parsed += 1;
    return parse(one);
  });
  return { said: events.map(reader), parsed };
}

/** A reader that parses every event that is new to it: each time a new one. */
function plainReader() {
  return (one: StreamEvent) => openAiChat.reader()(one);
}

t.test('an event that differs from the one before in its text alone is not parsed again', async (t) => {
  const events = [piece('" one"'), piece('" two"'), piece('" drei ü 🙂"'), piece('"}"')].map((data) => event(data));
  const { said, parsed } = read(...events);
  t.same(withoutObjects(said), withoutObjects(events.map(plainReader())));
  t.match(said, [{ answer: ' one' }, { answer: ' two' }, { answer: ' drei ü 🙂' }, { answer: '}' }]);
  t.equal(parsed, 1);
});

t.test('reasoning stays reasoning', async (t) => {
  const [a, b] = [chunk('{"reasoning_content":"a"}'), chunk('{"reasoning_content":"b"}')];
  const { said, parsed } = read(event(a), event(b));
  t.match(said, [
    { answer: '', reasoning: 'a' },
    { answer: '', reasoning: 'b' },
  ]);
  t.equal(parsed, 1);
});

const differing: Readonly<Record<string, readonly string[]>> = {
  'a text with an escape': [piece('"a"'), piece('"\\n"'), piece('"\\u0062"'), piece('"\\"x"')],
  'a text that ends its string': [piece('"a"'), piece('"b","x":"c"')],
  'a text with a raw control character, which is no JSON': [piece('"a"'), piece('"\tb"')],
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
    const events = datas.map((data) => event(data));
    t.same(withoutObjects(read(...events).said), withoutObjects(events.map(plainReader())));
  });
}

t.test('what comes as another type of event is parsed', async (t) => {
  const { said } = read(event(piece('"a"')), event(piece('"b"'), 'error'));
  t.match(said, [{ kind: 'chunk' }, { kind: 'failure' }]);
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
    all.map((events) => withoutObjects(read(...events).said)),
    all.map((events) => withoutObjects(events.map(plainReader()))),
  );
  t.equal(all.length, texts.length ** 2);
});

function withoutObjects(said: readonly object[]): readonly object[] {
  return said.map((one) => ({ ...one, object: undefined }));
}
