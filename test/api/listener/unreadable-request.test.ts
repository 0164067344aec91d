import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { apiBench, ask } from '../../fixtures/api-bench.js';

async function answerTo(port: number, words: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(words);
  return text(socket);
}

t.test('what cannot be read is refused in words, and the connection ends', async (t) => {
  const { port } = await apiBench(t);
  const long = await answerTo(port, `GET /jobs?target=${'x'.repeat(20_000)} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
  t.match(long, /^HTTP\/1\.1 431 Request Header Fields Too Large\r\nContent-Type: application\/json/);
  t.match(long, '{"detail":"The headers, with the URL, are too large."}');
  const nonsense = await answerTo(port, 'what is this\r\n\r\n');
  t.match(nonsense, /^HTTP\/1\.1 400 Bad Request\r\n.*\{"detail":"This is no HTTP request\."\}$/s);
  t.equal((await ask(port, { path: '/health' })).status, 200, 'others are served');
});

t.test('behind an answer that is whole the next one is refused on its own', async (t) => {
  const { port } = await apiBench(t);
  const both = await answerTo(port, 'GET /health HTTP/1.1\r\nhost: localhost\r\n\r\nnonsense\r\n\r\n');
  t.notMatch(both, /HTTP\/1\.1 [^2].*HTTP\/1\.1 200/s, 'no answer stands inside of another');
});
