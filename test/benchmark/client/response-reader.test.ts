import t from 'tap';
import { ResponseReader, ResponseSyntaxError } from '../../../src/benchmark/client/response-reader.js';

interface Read {
  status: number | undefined;
  headers: Record<string, string>;
  body: string;
  ended: boolean;
}

function reading(): { reader: ResponseReader; read: Read } {
  const read: Read = { status: undefined, headers: {}, body: '', ended: false };
  const reader = new ResponseReader({
    onHead: ({ status, headers }) => {
      read.status = status;
      read.headers = Object.fromEntries(headers);
    },
    onBody: (bytes) => {
      read.body += bytes.toString('latin1');
    },
    onEnd: () => {
      read.ended = true;
    },
  });
  return { reader, read };
}

function readPieces(pieces: readonly Buffer[]): Read {
  const { reader, read } = reading();
  for (const piece of pieces) if (!reader.ended) reader.push(piece);
  return read;
}

const answers: readonly { name: string; text: string; body: string }[] = [
  {
    name: 'chunks with extensions and a trailer',
    text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n5;a=b\r\nhello\r\nA \r\n, world\r\n!\r\n0\r\nx: y\r\n\r\n',
    body: 'hello, world\r\n!',
  },
  { name: 'a length', text: 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello', body: 'hello' },
  {
    name: 'a connection that is not kept',
    text: 'HTTP/1.1 200 OK\r\nConnection: Close\r\ncontent-length: 2\r\n\r\nhi',
    body: 'hi',
  },
  { name: 'HTTP/1.0', text: 'HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nhi', body: 'hi' },
  {
    name: 'HTTP/1.0 kept alive',
    text: 'HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nhi',
    body: 'hi',
  },
  { name: 'an empty body', text: 'HTTP/1.1 500 \r\ncontent-length: 0\r\n\r\n', body: '' },
  { name: 'no body at all', text: 'HTTP/1.1 204 No Content\r\n\r\n', body: '' },
  {
    name: 'an interim answer before the real one',
    text: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi',
    body: 'hi',
  },
];

t.test('reads the same wherever the bytes are cut', async (t) => {
  for (const { name, text, body } of answers) {
    const bytes = Buffer.from(text, 'latin1');
    const whole = readPieces([bytes]);
    t.match(whole, { body, ended: true }, name);
    const cuts = Array.from({ length: bytes.length + 1 }, (_, at) => at);
    const different = cuts.filter(
      (at) => JSON.stringify(readPieces([bytes.subarray(0, at), bytes.subarray(at)])) !== JSON.stringify(whole),
    );
    t.same(different, [], `${name}, cut once`);
    t.same(readPieces(Array.from(bytes, (byte) => Buffer.of(byte))), whole, `${name}, byte by byte`);
  }
});

t.test('names of headers are in lower case, the first of two counts', async (t) => {
  const { status, headers } = readPieces([
    Buffer.from('HTTP/1.1 404 Not Found\r\nContent-Type:  text/html \r\ncontent-type: b\r\ncontent-length: 0\r\n\r\n'),
  ]);
  t.equal(status, 404);
  t.equal(headers['content-type'], 'text/html');
});

t.test('a body without a length ends with the connection, any other end is too early', async (t) => {
  const open = reading();
  open.reader.push(Buffer.from('HTTP/1.1 200 OK\r\n\r\nhel'));
  open.reader.push(Buffer.from('lo'));
  t.equal(open.read.ended, false);
  t.equal(open.reader.close(), true);
  t.match(open.read, { body: 'hello', ended: true });
  for (const text of ['', 'HTTP/1.1 200', 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nhi']) {
    const { reader, read } = reading();
    if (text !== '') reader.push(Buffer.from(text));
    t.equal(reader.close(), false, JSON.stringify(text));
    t.equal(read.ended, false);
  }
});

t.test('bytes behind an answer are nobody’s', async (t) => {
  t.match(readPieces([Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhiHTTP/1.1 408 ')]), {
    body: 'hi',
    ended: true,
  });
});

t.test('refuses what is no HTTP/1.1 answer', async (t) => {
  const head = 'HTTP/1.1 200 OK\r\n';
  for (const text of [
    'SSH-2.0-OpenSSH_9.2\r\n\r\n',
    'HTTP/2 200\r\n\r\n',
    `${head}no colon\r\n\r\n`,
    `${head}content-length: five\r\n\r\n`,
    `${head}transfer-encoding: chunked\r\n\r\nxyz\r\n`,
    `${head}transfer-encoding: chunked\r\n\r\n2\r\nhello\r\n`,
    'x'.repeat(70_000),
  ]) {
    t.throws(() => readPieces([Buffer.from(text)]), ResponseSyntaxError, JSON.stringify(text.slice(0, 60)));
  }
});

t.test('bytes that cannot end the answer may wait, those that can may not', async (t) => {
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
  const may = (head: string, bytes: string) => {
    const { reader } = reading();
    if (head !== '') reader.push(Buffer.from(head));
    return reader.mayEndWith(Buffer.from(`${bytes}what was read before`), bytes.length);
  };
  t.notOk(may(chunked, '9\r\ndata: a\n\n\r\n'), 'an event');
  t.notOk(may(chunked, 'b\r\ndata: a\r\n\r\n\r\n'), 'an event in lines of CR LF');
  t.notOk(may(chunked, '9\r\ndata:'), 'half an event');
  for (const end of ['0\r\n\r\n', '9\r\ndata: a\n\n\r\n0\r\n\r\n', '0\r\nx: y\r\n\r\n', '\r\n\r\n', '\r\n', '\n'])
    t.ok(may(chunked, end), JSON.stringify(end));
  t.notOk(may('HTTP/1.1 200 OK\r\n\r\n', '0\r\n\r\n'), 'what ends with its connection');
  t.ok(may('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n', 'hello'), 'what has a length');
  t.ok(may('', 'HTTP/1.1 200 OK\r\n'), 'a head');
});

t.test('finds a whole chunk in the bytes of a read, which may be passed over or pushed', async (t) => {
  const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
  const pieceIn = (text: string, to = text.length) => {
    const { reader, read } = reading();
    reader.push(Buffer.from(head));
    if (!reader.findPiece(Buffer.from(`..${text}`), 2, 2 + to)) return undefined;
    const { piece } = reader;
    // Passed over: what follows is read as after it.
    reader.push(Buffer.from(`${text.slice(piece.next - 2, to)}1\r\n!\r\n0\r\n\r\n`));
    return [`..${text}`.slice(piece.from, piece.to), read.body, read.ended];
  };
  t.same(pieceIn('5\r\nhello\r\n'), ['hello', '!', true]);
  t.same(pieceIn('A\r\n0123456789\r\n2\r\nhi\r\n'), ['0123456789', 'hi!', true], 'before another one');
  for (const text of [
    '5\r\nhel',
    '5\r\nhello',
    '5\r\nhello\r',
    '5',
    '',
    '0\r\n\r\n',
    '\r\n',
    '5;a=b\r\nhello\r\n',
    'x',
  ])
    t.equal(pieceIn(text), undefined, JSON.stringify(text));
  t.equal(pieceIn('5\r\nhello!\r\n'), undefined, 'longer than it says');
  t.equal(pieceIn('5\r\nhello\r\n', 9), undefined, 'what a later read brings');
  t.equal(pieceIn('5\nhello\r\n\r\n'), undefined);
});

t.test('a body without a length is all that follows, one with a length is pushed', async (t) => {
  const after = (head: string, more = '') => {
    const { reader } = reading();
    reader.push(Buffer.from(`${head}\r\n\r\n${more}`));
    return reader.findPiece(Buffer.from('2\r\nhi\r\n'), 0, 7) ? reader.piece : undefined;
  };
  t.same(after('HTTP/1.1 200 OK'), { from: 0, to: 7, next: 7 });
  t.equal(after('HTTP/1.1 200 OK\r\ncontent-length: 9'), undefined);
  t.equal(after('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked', '9\r\nhalf'), undefined, 'in the middle of a chunk');
  t.equal(after('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked', '1'), undefined, 'in the middle of a size');
});
