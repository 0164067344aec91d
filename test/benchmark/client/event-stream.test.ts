import t from 'tap';
import type { StampedRead, StreamEvent } from '../../../src/benchmark/client/chat-protocol.js';
import { countDataLines, EventStreamCutter } from '../../../src/benchmark/client/event-stream.js';
import { seededRandom, seeds } from '../../fixtures/seeded-random.js';

function reads(...pieces: readonly (string | Buffer)[]): StampedRead[] {
  return pieces.map((piece, index) => ({ atMs: 10 * (index + 1), bytes: Buffer.from(piece) }));
}

function parseEventStream(stream: readonly StampedRead[]): StreamEvent[] {
  const cutter = new EventStreamCutter();
  return [...stream.flatMap((read) => cutter.push(read)), ...cutter.end()];
}

const told = (events: readonly StreamEvent[]) => events.map(({ type, data }) => ({ type, data }));

/** Everything a server sends: comments, ids, a named event, two data lines, characters of several bytes, CR LF. */
const stream = Buffer.from(
  ': keepalive\n\ndata: {"a":"über 日本 👩‍🚀"}\n\nid: 7\nretry: 10\nevent: error\ndata: {"error":1}\n\n' +
    'data:one\r\ndata: two\r\n\r\ndata:  three\n\n: bye\n\ndata: [DONE]\n\n',
);

const wholeEvents = [
  { type: undefined, data: '{"a":"über 日本 👩‍🚀"}' },
  { type: 'error', data: '{"error":1}' },
  { type: undefined, data: 'one\ntwo' },
  { type: undefined, data: ' three' },
  { type: undefined, data: '[DONE]' },
];

t.test('reads events, joins data lines, drops comments and takes one space away', async (t) => {
  t.same(told(parseEventStream(reads(stream))), wholeEvents);
});

t.test('the same bytes cut at any position give the same events', async (t) => {
  const cuts = Array.from({ length: stream.length + 1 }, (_, at) => at);
  const whole = JSON.stringify(told(parseEventStream(reads(stream))));
  const wrong = cuts.filter((at) => {
    const events = told(parseEventStream(reads(stream.subarray(0, at), stream.subarray(at))));
    return JSON.stringify(events) !== whole;
  });
  t.same(wrong, [], 'positions at which a cut changes the events');
  t.same(told(parseEventStream(reads(...Array.from(stream, (byte) => Buffer.of(byte))))), wholeEvents, 'byte by byte');
});

t.test('however it is cut, an event has the stamp of the read that ended its last data line', async (t) => {
  const ends = wholeEvents.map(({ data }) => {
    const lastLine = data.split('\n').at(-1)?.trimStart() ?? '';
    return stream.indexOf(0x0a, stream.indexOf(lastLine));
  });
  for (const seed of seeds) {
    const random = seededRandom(seed);
    const cuts = Array.from({ length: 1 + Math.floor(random() * 12) }, () => Math.floor(random() * stream.length));
    const bounds = [0, ...cuts.toSorted((a, b) => a - b), stream.length];
    const pieces = bounds.slice(1).map((to, index) => stream.subarray(bounds[index], to));
    const events = parseEventStream(reads(...pieces));
    t.same(told(events), wholeEvents, `seed ${seed}`);
    const expected = ends.map((end) => 10 * (bounds.slice(1).findIndex((to) => to > end) + 1));
    t.same(
      events.map((event) => event.atMs),
      expected,
      `stamps, seed ${seed}`,
    );
  }
});

t.test('events in one read share its stamp', async (t) => {
  const events = parseEventStream(reads('data: 1\n\ndata: 2\n\n', 'data: 3\n\n'));
  t.same(
    events.map(({ atMs, data }) => [atMs, data]),
    [
      [10, '1'],
      [10, '2'],
      [20, '3'],
    ],
  );
});

t.test('a last event without its blank line, or without any line end, counts', async (t) => {
  t.same(told(parseEventStream(reads('data: 1\n\ndata: 2\n'))).at(-1), { type: undefined, data: '2' });
  t.match(parseEventStream(reads('data: 1\n\nda', 'ta: 2')).at(-1), { data: '2', atMs: 20 });
});

t.test('bytes that are no UTF-8 become a replacement character and end nothing', async (t) => {
  const bad = Buffer.concat([Buffer.from('data: "'), Buffer.of(0xc3, 0x28), Buffer.from('"\n\ndata: 2\n\n')]);
  t.same(told(parseEventStream(reads(bad))), [
    { type: undefined, data: '"\ufffd("' },
    { type: undefined, data: '2' },
  ]);
});

t.test('a type does not outlive its event, and one without data is none', async (t) => {
  t.same(told(parseEventStream(reads('event: error\n\ndata: 1\n\n'))), [{ type: undefined, data: '1' }]);
  t.same(parseEventStream(reads('')), []);
  t.same(parseEventStream([]), []);
  t.same(parseEventStream(reads('<!doctype html>\n<p>It works!</p>\n')), []);
  t.same(parseEventStream(reads('database: 1\n\n')), [], 'a field that only begins like data');
});

t.test('counts the data lines of a read', async (t) => {
  t.equal(countDataLines(stream), 6);
  t.equal(countDataLines(Buffer.from(': keepalive\n\n')), 0);
});

t.test('an error line is an event of that type, at once', async (t) => {
  const cutter = new EventStreamCutter();
  const [read] = reads('data: 1\n\nerror: {"code":500}\n');
  t.same(read && cutter.push(read), [
    { atMs: 10, type: undefined, data: '1' },
    { atMs: 10, type: 'error', data: '{"code":500}' },
  ]);
});

t.test('hands events out as soon as they are whole', async (t) => {
  const cutter = new EventStreamCutter();
  const events = reads('data: 1\n', '\ndata', ': 2\n\n').map((read) => cutter.push(read).map(({ data }) => data));
  t.same(events, [[], ['1'], ['2']]);
  t.same(cutter.end(), []);
});
