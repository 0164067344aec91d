import http from 'node:http';
import net from 'node:net';
import t, { type Test } from 'tap';
import { askHttp } from '../../src/servers/http-client.js';
import { listening, patient } from '../fixtures/servers/fixture-server.js';

async function serve(t: Test, handle: http.RequestListener): Promise<string> {
  const { port } = await listening(t, http.createServer(handle));
  return `http://127.0.0.1:${port}`;
}

t.test('any status is an answer, with its headers and text', async (t) => {
  const base = await serve(t, (request, response) => {
    response.writeHead(418, { 'X-Method': request.method ?? '', 'set-cookie': ['a=1', 'b=2'] });
    response.end('short and stout');
  });
  const answer = await askHttp(`${base}/pot`, { headers: {}, signal: patient });
  t.match(answer, { status: 418, text: 'short and stout', headers: { 'x-method': 'GET', 'set-cookie': 'a=1, b=2' } });
});

t.test('a redirect is an answer too: it is not followed', async (t) => {
  const seen: string[] = [];
  const base = await serve(t, (request, response) => {
    seen.push(request.url ?? '');
    response.writeHead(302, { location: '/elsewhere' }).end();
  });
  t.equal((await askHttp(`${base}/here`, { headers: {}, signal: patient })).status, 302);
  t.same(seen, ['/here']);
});

t.test('posts JSON with its length and sends the headers given', async (t) => {
  const base = await serve(t, async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { 'content-type': type, 'content-length': length, authorization } = request.headers;
    response.end(JSON.stringify({ type, length, authorization, body: Buffer.concat(parts).toString() }));
  });
  const json = { text: 'grüße' };
  const answer = await askHttp(base, { headers: { authorization: 'Bearer k' }, json, signal: patient });
  const body = JSON.stringify(json);
  t.same(JSON.parse(answer.text), {
    type: 'application/json',
    length: String(Buffer.byteLength(body)),
    authorization: 'Bearer k',
    body,
  });
});

t.test('a closed port is unreachable', async (t) => {
  const server = http.createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as net.AddressInfo).port));
  });
  await new Promise((resolve) => server.close(resolve));
  await t.rejects(askHttp(`http://127.0.0.1:${port}/v1/models`, { headers: {}, signal: patient }), {
    code: 'unreachable',
    message: new RegExp(`^Cannot reach http://127.0.0.1:${port}: the connection was refused`),
  });
});

t.test('a connection closed before the answer is unreachable, one closed within it as well', async (t) => {
  const before = await listening(
    t,
    net.createServer((socket) => socket.destroy()),
  );
  await t.rejects(askHttp(`http://127.0.0.1:${before.port}`, { headers: {}, signal: patient }), {
    code: 'unreachable',
  });
  const within = await serve(t, (_request, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('ten bytes.', () => response.destroy());
  });
  await t.rejects(askHttp(within, { headers: {}, signal: patient }), { code: 'unreachable' });
});

t.test('what is not HTTP is a bad response', async (t) => {
  const { port } = await listening(
    t,
    net.createServer((socket) => {
      socket.on('error', () => socket.destroy()).resume();
      socket.end('SSH-2.0-OpenSSH_9.6\r\n');
    }),
  );
  await t.rejects(askHttp(`http://127.0.0.1:${port}`, { headers: {}, signal: patient }), {
    code: 'bad_response',
    message: /not HTTP/,
  });
});

t.test('an endless body is cut at the limit', async (t) => {
  let written = 0;
  const base = await serve(t, (_request, response) => {
    const chunk = Buffer.alloc(2 ** 16, 'x');
    const more = () => {
      if (response.destroyed) return;
      written += chunk.length;
      response.write(chunk, more);
    };
    more();
  });
  const maxBytes = 2 ** 20;
  await t.rejects(askHttp(base, { headers: {}, signal: patient, maxBytes }), {
    code: 'bad_response',
    message: /1048576 bytes/,
  });
  t.ok(written >= maxBytes, 'the server was ready to send more');
});

t.test('the signal ends it with its reason, before and while it waits', async (t) => {
  const base = await serve(t, () => undefined);
  const reason = new Error('enough');
  const already = AbortSignal.abort(reason);
  await t.rejects(askHttp(base, { headers: {}, signal: already }), reason);
  const later = new AbortController();
  const asking = askHttp(base, { headers: {}, signal: later.signal });
  setImmediate(() => later.abort(reason));
  await t.rejects(asking, reason);
});
