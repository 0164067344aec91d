import { EventEmitter, once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import t, { type Test } from 'tap';
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

t.test('is open before it is asked for, and once', async (t) => {
  const { server, sockets, url } = await countingServer(t);
  const connection = connectionTo(t, url);
  const connected = once(server, 'connection');
  await Promise.all([connection.open(never), connected]);
  await connection.open(never);
  t.equal(sockets.length, 1);
  t.equal((await posted(connection)).body, '1', 'the request goes over it');
  t.equal(sockets.length, 1);
});

t.test('is kept for the next request', async (t) => {
  const fake = await startFakeLlmServer({ ttftMs: 0, tokenGapMs: 0 });
  t.teardown(() => fake.close());
  const connection = connectionTo(t, fake.url);
  const body = JSON.stringify({ model: 'fake-model', stream: true, messages: [{ role: 'user', content: 'hi' }] });
  for (let request = 0; request < 3; request += 1) {
    await connection.open(never);
    await posted(connection, '/v1/chat/completions', body);
  }
  const ports = fake.chatRequests.map((request) => request.clientPort);
  t.equal(ports.length, 3);
  t.equal(new Set(ports).size, 1);
});

t.test('is made anew where the server closes it after each answer', async (t) => {
  for (const announced of [true, false]) {
    const sockets: net.Socket[] = [];
    const server = http.createServer((request, response) => {
      request.resume();
      if (announced) response.setHeader('connection', 'close');
      response.end(String(sockets.indexOf(request.socket) + 1));
      if (!announced) response.on('finish', () => request.socket.end());
    });
    server.on('connection', (socket) => sockets.push(socket));
    const connection = connectionTo(t, `http://127.0.0.1:${await listening(t, server)}`);
    const answers: string[] = [];
    for (let request = 0; request < 3; request += 1) {
      answers.push((await asked(connection)).body);
      await turns();
    }
    t.same(answers, ['1', '2', '3']);
  }
});

t.test('is made anew after two idle seconds, before the server can close it', async (t) => {
  const { url } = await countingServer(t);
  const connection = connectionTo(t, url);
  const real = process.hrtime.bigint;
  let aheadNs = 0n;
  t.intercept(process.hrtime, 'bigint', { value: () => real.call(process.hrtime) + aheadNs });
  const afterIdleMs = async (ms: number): Promise<string> => {
    aheadNs += BigInt(ms) * 1_000_000n;
    return (await asked(connection)).body;
  };
  t.equal(await afterIdleMs(0), '1');
  t.equal(await afterIdleMs(1000), '1');
  t.equal(await afterIdleMs(1000), '1', 'the idle time begins with the last answer');
  t.equal(await afterIdleMs(2000), '2');
  aheadNs += 2_000_000_000n;
  await connection.open(never);
  t.equal(await afterIdleMs(2000), '4', 'the third was opened, never used, and idled as well');
});

t.test('a server that closes or resets an idle connection harms nothing', async (t) => {
  for (const end of ['end', 'destroy', 'resetAndDestroy'] as const) {
    const { sockets, url } = await countingServer(t);
    const connection = connectionTo(t, url);
    t.equal((await asked(connection)).body, '1');
    sockets[0]?.[end]();
    await turns();
    t.equal((await asked(connection)).body, '2', end);
    sockets[1]?.[end]();
    await turns();
    await connection.open(never);
    sockets[2]?.[end]();
    await turns();
    t.equal((await asked(connection)).body, '4', `${end} before its first request`);
  }
});

t.test('words that nobody asked for are not an answer', async (t) => {
  const { sockets, url } = await countingServer(t);
  const connection = connectionTo(t, url);
  await asked(connection);
  sockets[0]?.end('HTTP/1.1 408 Request Timeout\r\nconnection: close\r\n\r\n');
  await turns();
  t.equal((await asked(connection)).body, '2');
});

t.test('a refused connection rejects with its code, and the next try may succeed', async (t) => {
  const fake = await startFakeLlmServer();
  t.teardown(() => fake.close());
  await fake.refuse();
  const connection = connectionTo(t, fake.url);
  await t.rejects(connection.open(never), { code: 'ECONNREFUSED' });
  await fake.listenAgain();
  await t.resolves(connection.open(never));
});

t.test('aborting ends the opening with its reason and leaves no socket behind', async (t) => {
  const reason = new Error('cancelled');
  const aborted = AbortSignal.abort(reason);
  const silent = net.createServer();
  const port = await listening(t, silent);
  // A handshake that is never answered.
  const connection = connectionTo(t, `https://127.0.0.1:${port}`);
  await t.rejects(connection.open(aborted), reason);
  const cancel = new AbortController();
  const opening = connection.open(cancel.signal);
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
  const connection = connectionTo(t, `http://127.0.0.1:${await listening(t, server)}`);
  await connection.open(never);
  const [socket] = (await accepted) as [net.Socket];
  const stampsMs: number[] = [];
  const pieces: string[] = [];
  const changed = new EventEmitter();
  const ended = once(changed, 'end');
  const until = async (count: number) => {
    while (pieces.length < count) await once(changed, 'piece');
  };
  connection.post(
    { path: '/', headers: {}, body: Buffer.from('{}') },
    {
      onHead: ({ status }) => t.equal(status, 200),
      onBody: (piece, atMs) => {
        pieces.push(piece.toString());
        stampsMs.push(atMs);
        changed.emit('piece');
      },
      onEnd: (atMs) => changed.emit('end', atMs),
      onError: (error) => changed.emit('error', error),
    },
  );
  await until(2);
  const beforeMs = monotonicMs();
  socket.write('5\r\nthree\r\n');
  await until(3);
  const afterMs = monotonicMs();
  t.same(pieces, ['one', 'two', 'three']);
  const [first = 0, second = 0, third = 0] = stampsMs;
  t.equal(first, second);
  t.ok(first < beforeMs && beforeMs < third && third < afterMs);
  socket.write('0\r\n\r\n');
  const [endMs] = (await ended) as [number];
  t.ok(endMs > third, 'the end of the stream has a stamp as well');
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
    const connection = connectionTo(t, `http://127.0.0.1:${port}${prefix}`);
    await connection.open(never);
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
  t.equal((await asked(connectionTo(t, `http://localhost:${port}`))).body, 'here');
  const six = http.createServer(answer);
  const sixPort = await listening(t, six, '::1').catch(() => undefined);
  if (sixPort === undefined) return t.comment('this machine has no ::1');
  t.equal((await asked(connectionTo(t, `http://[::1]:${sixPort}`))).body, 'here');
});

t.test('is never made while a request waits: that time would be measured along', async (t) => {
  const { url } = await countingServer(t);
  await t.rejects(posted(connectionTo(t, url)), { message: 'expected an open connection, got none' });
});

t.test('closing it ends the connection, idle or not', async (t) => {
  const silent = net.createServer((socket) => socket.resume());
  const port = await listening(t, silent);
  const accepted = once(silent, 'connection');
  const connection = connectionTo(t, `http://127.0.0.1:${port}`);
  await connection.open(never);
  const [socket] = (await accepted) as [net.Socket];
  const failed = t.rejects(posted(connection), { message: 'the connection was closed' });
  await once(socket, 'data');
  const left = once(socket, 'close');
  connection.close();
  await Promise.all([failed, left]);
  t.ok(socket.destroyed);
});
