import { EventEmitter, once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import t, { type Test } from 'tap';
import { Connection } from '../../../src/benchmark/client/connection.js';
import { monotonicMs } from '../../../src/benchmark/clock.js';
import { startFakeLlmServer } from '../../fixtures/fake-llm-server.js';
import { listening } from '../../fixtures/listening.js';
import { asked, connectionTo, never, posted } from '../../fixtures/opened-connection.js';

/** Lets everything that the kernel has delivered reach its socket. */
async function turns(count = 3): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** An HTTP server that counts its connections and answers with the number of the one that asked. */
async function countingServer(t: Test, options: http.ServerOptions = {}) {
  const sockets: net.Socket[] = [];
  const server = http.createServer(options, (request, response) => {
    request.resume();
    request.on('end', () => response.end(String(sockets.indexOf(request.socket) + 1)));
  });
  server.on('connection', (socket) => sockets.push(socket));
  const port = await listening(t, server);
  return { server, sockets, url: `http://127.0.0.1:${port}` };
}

t.test('is open before it is asked for, and carries the request', async (t) => {
  const { server, sockets, url } = await countingServer(t);
  const connected = once(server, 'connection');
  const [connection] = await Promise.all([connectionTo(t, url), connected]);
  t.equal(sockets.length, 1);
  t.equal((await posted(connection)).body, '1', 'the request goes over it');
  t.equal(sockets.length, 1);
});

t.test('is closed after its answer, though the server would keep it', async (t) => {
  const { sockets, url } = await countingServer(t);
  await asked(t, url);
  const [socket] = sockets;
  if (socket?.destroyed === false) await once(socket, 'close');
  t.ok(socket?.destroyed);
});

t.test('one that the server closes while it waits fails before any answer, once it is asked', async (t) => {
  for (const end of ['end', 'destroy', 'resetAndDestroy'] as const) {
    const { server, sockets, url } = await countingServer(t);
    const [connection] = await Promise.all([connectionTo(t, url), once(server, 'connection')]);
    sockets[0]?.[end]();
    await turns();
    await t.rejects(posted(connection), { code: 'ECONNRESET' }, end);
    t.equal(connection.wasAnswered, false);
  }
});

t.test('words that nobody asked for are not an answer', async (t) => {
  const { server, sockets, url } = await countingServer(t);
  const [connection] = await Promise.all([connectionTo(t, url), once(server, 'connection')]);
  sockets[0]?.end('HTTP/1.1 408 Request Timeout\r\nconnection: close\r\n\r\n');
  await turns();
  await t.rejects(posted(connection), { code: 'ECONNRESET' });
  t.equal(connection.wasAnswered, false);
});

t.test('knows whether a break came before the first byte of an answer', async (t) => {
  for (const answer of ['', 'H', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n']) {
    const server = net.createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(answer));
    });
    const connection = await connectionTo(t, `http://127.0.0.1:${await listening(t, server)}`);
    await t.rejects(posted(connection), { code: 'ECONNRESET', message: 'the server closed the connection' });
    t.equal(connection.wasAnswered, answer !== '', JSON.stringify(answer));
  }
});

t.test('knows whether its server is on this machine', async (t) => {
  const { url } = await countingServer(t);
  t.equal((await connectionTo(t, url)).isLocal, true);
});

t.test('a refused connection rejects with its code, and the next try may succeed', async (t) => {
  const fake = await startFakeLlmServer();
  t.teardown(() => fake.close());
  await fake.refuse();
  await t.rejects(Connection.open({ apiBase: fake.url }, never), { code: 'ECONNREFUSED' });
  await fake.listenAgain();
  await t.resolves(connectionTo(t, fake.url));
});

t.test('aborting ends the opening with its reason and leaves no socket behind', async (t) => {
  const reason = new Error('cancelled');
  const silent = net.createServer();
  const port = await listening(t, silent);
  // A handshake that is never answered.
  const server = { apiBase: `https://127.0.0.1:${port}` };
  await t.rejects(Connection.open(server, AbortSignal.abort(reason)), reason);
  const cancel = new AbortController();
  const opening = Connection.open(server, cancel.signal);
  const [socket] = (await once(silent, 'connection')) as [net.Socket];
  socket.resume();
  socket.on('error', () => undefined);
  const left = once(socket, 'close');
  cancel.abort(reason);
  await t.rejects(opening, reason);
  await left;
  t.ok(socket.destroyed);
});

t.test('stamps the reads of the socket: pieces of one read share one, later reads are later', async (t) => {
  const head = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';
  const server = net.createServer((socket) => {
    socket.once('data', () => {
      socket.write(`${head}3\r\none\r\n3\r\ntwo\r\n`);
    });
  });
  const accepted = once(server, 'connection');
  const connection = await connectionTo(t, `http://127.0.0.1:${await listening(t, server)}`);
  const [socket] = (await accepted) as [net.Socket];
  const stampsMs: number[] = [];
  const pieces: string[] = [];
  const readMs: number[] = [];
  const changed = new EventEmitter();
  const ended = once(changed, 'end');
  const until = async (count: number) => {
    while (readMs.length < count) await once(changed, 'read');
  };
  connection.post(
    { path: '/', headers: {}, body: Buffer.from('{}') },
    {
      onHead: ({ status }) => t.equal(status, 200),
      onRead: (_received, atMs) => {
        readMs.push(atMs);
        changed.emit('read');
      },
      onBody: (piece, atMs) => {
        pieces.push(piece.toString());
        stampsMs.push(atMs);
      },
      onEnd: (atMs) => changed.emit('end', atMs),
      onError: (error) => changed.emit('error', error),
    },
  );
  await until(1);
  const beforeMs = monotonicMs();
  socket.write('5\r\nthree\r\n');
  await until(2);
  const afterMs = monotonicMs();
  t.same(pieces, ['one', 'two'], 'what follows the head is kept until it is wanted');
  connection.catchUp();
  t.same(pieces, ['one', 'two', 'three']);
  const [first = 0, second = 0, third = 0] = stampsMs;
  t.equal(first, second);
  t.same(readMs, [first, third]);
  t.ok(first < beforeMs && beforeMs < third && third < afterMs);
  socket.write('0\r\n\r\n');
  const [endMs] = (await ended) as [number];
  t.ok(endMs > third, 'the end of the stream has a stamp as well');
});

t.test('hands no bytes over of what its receiver takes without them', async (t) => {
  const server = net.createServer();
  const accepted = once(server, 'connection');
  const connection = await connectionTo(t, `http://127.0.0.1:${await listening(t, server)}`);
  const [socket] = (await accepted) as [net.Socket];
  socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'));
  const told: string[] = [];
  await new Promise<void>((resolve, reject) => {
    connection.post(
      { path: '/', headers: {}, body: Buffer.from('{}') },
      {
        onHead: () => socket.end('3\r\none\r\n3\r\ntwo\r\n5\r\nthree\r\n4\r\nfour\r\n0\r\n\r\n'),
        onBody: (piece) => told.push(`pushed ${piece}`),
        onSpan: (text, from, to) => {
          const words = text.slice(from, to);
          if (words === 'three') return false;
          told.push(`took ${words}`);
          return true;
        },
        onEnd: () => resolve(),
        onError: reject,
      },
    );
  });
  t.same(
    told,
    ['took one', 'took two', 'pushed three', 'took four'],
    'what follows in the same read is asked for again',
  );
});

t.test('posts below the path of the API base, with the headers given', async (t) => {
  const seen: { url: string | undefined; headers: http.IncomingHttpHeaders; body: string }[] = [];
  const server = http.createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => {
      body += piece;
    });
    request.on('end', () => {
      seen.push({ url: request.url, headers: request.headers, body });
      response.end();
    });
  });
  const port = await listening(t, server);
  for (const prefix of ['', '/', '/proxy/llm', '/proxy/llm/']) {
    const connection = await connectionTo(t, `http://127.0.0.1:${port}${prefix}`);
    await posted(connection, '/v1/chat/completions', '{"a":"ü"}');
  }
  t.same(
    seen.map(({ url }) => url),
    [
      '/v1/chat/completions',
      '/v1/chat/completions',
      '/proxy/llm/v1/chat/completions',
      '/proxy/llm/v1/chat/completions',
    ],
  );
  t.match(seen[0], {
    body: '{"a":"ü"}',
    headers: {
      host: `127.0.0.1:${port}`,
      authorization: 'Bearer key',
      'content-type': 'application/json',
      'content-length': '10',
      accept: 'text/event-stream',
      'accept-encoding': 'identity',
      connection: 'keep-alive',
    },
  });
});

t.test('finds a host by its name and by its IPv6 address', async (t) => {
  const answer: http.RequestListener = (request, response) => {
    request.resume();
    response.end('here');
  };
  const port = await listening(t, http.createServer(answer));
  t.equal((await asked(t, `http://localhost:${port}`)).body, 'here');
  const six = http.createServer(answer);
  const sixPort = await listening(t, six, '::1').catch(() => undefined);
  if (sixPort === undefined) return t.comment('this machine has no ::1');
  t.equal((await asked(t, `http://[::1]:${sixPort}`)).body, 'here');
});

t.test('closing it leaves the server, without a word to whoever asked', async (t) => {
  const silent = net.createServer((socket) => socket.resume());
  const port = await listening(t, silent);
  const accepted = once(silent, 'connection');
  const connection = await connectionTo(t, `http://127.0.0.1:${port}`);
  const [socket] = (await accepted) as [net.Socket];
  let isSettled = false;
  const settled = () => {
    isSettled = true;
  };
  posted(connection).then(settled, settled);
  await once(socket, 'data');
  const left = once(socket, 'close');
  connection.close();
  await left;
  t.ok(socket.destroyed);
  t.notOk(isSettled);
});
