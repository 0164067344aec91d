import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { apiBench, ask } from '../../fixtures/api-bench.js';
import { DONE } from '../../fixtures/job-bench.js';
import { until } from '../../fixtures/typhon-process.js';

async function opened(t: Test, port: number, count: number): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
  });
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  return sockets;
}

t.test('connections that say nothing give way, the oldest first', async (t) => {
  const { port } = await apiBench(t);
  const silent = await opened(t, port, 300);
  const gone = silent.slice(0, 44).map((socket) => once(socket, 'close'));
  t.equal((await ask(port, { path: '/health' })).status, 200);
  t.equal((await ask(port, { path: '/metrics' })).status, 200);
  await Promise.all(gone);
  t.equal(silent.at(-1)?.destroyed, false);
});

t.test('where all are at work, those who watch the agent still get in, others are told and not kept', async (t) => {
  const { port, queue, begin } = await apiBench(t, { places: { forEverybody: 2, reserved: 1 } });
  const { job_id } = await queue.submit({ mode: 'quick', trigger: 'api' }, 'reject');
  const { end } = await begin(0);
  const followers = await opened(t, port, 2);
  for (const socket of followers) {
    socket.write(`GET /jobs/${job_id}/logs?follow=true HTTP/1.1\r\nhost: localhost\r\n\r\n`);
    await once(socket, 'data');
  }
  for (const path of ['/health', '/-/healthy', '/-/ready', '/metrics']) {
    t.equal((await ask(port, { path })).status, 200, path);
  }
  t.match(await ask(port, { path: '/jobs' }), { status: 503, headers: { connection: 'close' }, body: /in use/ });
  end(DONE);
  await Promise.all(followers.map((socket) => socket.destroy() && once(socket, 'close')));
  const answered = async (): Promise<number> => (await ask(port, { path: '/jobs' })).status;
  let status = await answered();
  while (status !== 200) status = await answered();
  t.equal(status, 200, 'and once they have left there is room');
});

t.test(
  'a thousand questions at once hold up nobody else, and those of a client that left are not answered',
  async (t) => {
    let reports = 0;
    const report = async () => {
      reports += 1;
      return undefined;
    };
    const { port } = await apiBench(t, { services: { report } });
    const many = (count: number) => 'GET /report HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(count);
    const [greedy, modest] = await opened(t, port, 2);
    greedy?.write(many(1000));
    await once(greedy as Socket, 'close');
    t.ok(reports <= 128, `${reports} of 1000 were begun: the connection was cut`);
    modest?.write(many(5));
    let answers = '';
    modest?.on('data', (data) => {
      answers += String(data);
    });
    await until(() => answers.split('HTTP/1.1 404').length === 6);
  },
);

t.test('an offer to speak another protocol is ignored, and the request answered as it came', async (t) => {
  const { port } = await apiBench(t);
  const offer = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABkAAQAAP__' };
  t.match(await ask(port, { path: '/health', headers: offer }), { status: 200, body: /"ok"/ });
  const posted = await ask(port, {
    method: 'POST',
    path: '/jobs/run',
    headers: { ...offer, 'content-type': 'application/json' },
    body: `{"mode":"quick"}${' '.repeat(5000)}`,
  });
  t.equal(posted.status, 202, 'with its body');
  const [socket] = await opened(t, port, 1);
  const head = [
    'GET /-/healthy HTTP/1.1',
    'host: localhost',
    'Upgrade: TLS/1.0',
    'Connection: upgrade, close',
    'x: \xe9',
  ];
  socket?.write(Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'));
  let text = '';
  for await (const data of socket as Socket) text += String(data);
  t.match(text, /^HTTP\/1\.1 200 OK/, 'and closed, as asked');
});

t.test('the end of the server is not the end of what is being said', async (t) => {
  const { url, web, queue, begin } = await apiBench(t);
  const { job_id } = await queue.submit({ mode: 'quick', trigger: 'api' }, 'reject');
  const { work, end } = await begin(0);
  work.log.write('one');
  const followed = await fetch(`${url}/jobs/${job_id}/logs?follow=true`);
  end(DONE);
  await queue.stop('the agent stops');
  await web.close();
  t.match(await followed.text(), /one\n.*Done\. Recorded as/);
});
