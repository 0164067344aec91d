import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import t from 'tap';
import { WebSocket } from 'ws';
import { FailedLogins } from '../../../src/api/access/failed-logins.js';
import { Followers } from '../../../src/api/followers.js';
import { serveLogSockets } from '../../../src/api/listener/log-socket.js';
import { type ApiBench, apiBench } from '../../fixtures/api-bench.js';
import { eventually } from '../../fixtures/eventually.js';
import { DONE } from '../../fixtures/job-bench.js';
import { listening } from '../../fixtures/listening.js';

interface Message {
  readonly type: string;
  readonly line?: string;
  readonly status?: string;
  readonly done?: number;
}

/** Everything that a socket says until it closes, and its close code. */
class Listener {
  readonly messages: Message[] = [];
  readonly closed: Promise<number>;
  readonly socket: WebSocket;
  readonly #waiting = new Set<() => void>();

  constructor(url: string, protocols: string[] = []) {
    this.socket = new WebSocket(url, protocols);
    this.socket.on('message', (data) => {
      this.messages.push(JSON.parse(String(data)));
      for (const look of [...this.#waiting]) look();
    });
    this.closed = new Promise((resolve, reject) => {
      this.socket.on('close', resolve);
      this.socket.on('error', reject);
    });
  }

  lines(): (string | undefined)[] {
    return this.messages.filter(({ type }) => type === 'log').map(({ line }) => line?.replace(/^\d\S+Z /, ''));
  }

  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!condition()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }
}

function socketUrl({ port }: ApiBench, path: string): string {
  return `ws://127.0.0.1:${port}${path}`;
}

const api = { mode: 'quick', trigger: 'api' } as const;

t.test('replays from the start, then follows; progress and the end come too', async (t) => {
  const bench = await apiBench(t);
  const { job_id } = await bench.queue.submit(api, 'reject');
  const { work, end } = await bench.begin(0);
  work.log.write('one');
  work.progress({ done: 1, total: 3, current_test: 'Baseline' });
  const first = new Listener(socketUrl(bench, `/jobs/${job_id}/ws`));
  await first.until(() => first.lines().includes('one'));
  t.match(first.messages[0], { type: 'progress', done: 1, total: 3, current_test: 'Baseline' });
  work.log.write('two\nthree');
  work.progress({ done: 2, total: 3, current_test: null });
  const late = new Listener(socketUrl(bench, `/jobs/${job_id}/ws`));
  await late.until(() => late.lines().includes('three'));
  t.same(late.lines(), ['one', 'two', 'three'], 'who comes late sees everything from the start');
  end(DONE);
  t.equal(await first.closed, 1000);
  t.equal(await late.closed, 1000);
  t.same(first.lines(), ['one', 'two', 'three', `Done. Recorded as ${DONE.status === 'done' ? DONE.runId : ''}.`]);
  t.same(first.messages.at(-1), { type: 'done', status: 'done' });
  t.ok(first.messages.some(({ type, done }) => type === 'progress' && done === 2));
  const after = new Listener(socketUrl(bench, `/jobs/${job_id}/ws`));
  t.equal(await after.closed, 1000);
  t.same(after.lines(), first.lines(), 'a job that has ended is replayed');
  t.same(
    bench.logged.filter(({ level }) => Number(level) >= 40),
    [],
  );
});

t.test('a cancelled job: the second layout is told by a line of its own', async (t) => {
  const bench = await apiBench(t);
  const { job_id } = await bench.queue.submit(api, 'reject');
  await bench.begin(0);
  const plain = new Listener(socketUrl(bench, `/jobs/${job_id}/ws`));
  const other = new Listener(socketUrl(bench, `/api/benchmark/ws/${job_id}`));
  await Promise.all([once(plain.socket, 'open'), once(other.socket, 'open')]);
  await bench.queue.cancel(job_id);
  await Promise.all([plain.closed, other.closed]);
  t.same(plain.lines(), ['Cancelled.']);
  t.same(other.lines(), ['Cancelled.', '__CANCELLED__']);
  for (const { messages } of [plain, other]) t.same(messages.at(-1), { type: 'done', status: 'cancelled' });
});

t.test('an unknown job closes with 4004', async (t) => {
  const bench = await apiBench(t);
  for (const path of ['/jobs/00000000/ws', '/jobs/..%2fx/ws', '/api/benchmark/ws/nobody']) {
    t.equal(await new Listener(socketUrl(bench, path)).closed, 4004, path);
  }
});

t.test('a job that is skipped while somebody follows it is unknown from then on', async (t) => {
  const bench = await apiBench(t);
  const { job_id } = await bench.queue.submit({ mode: 'quick', trigger: 'schedule:nightly' }, 'queue');
  const { end } = await bench.begin(0);
  const follower = new Listener(socketUrl(bench, `/jobs/${job_id}/ws`));
  await follower.until(() => follower.messages.length > 0);
  end({ status: 'skipped', reason: 'server_busy', detail: '2 of 4 slots in use' });
  t.equal(await follower.closed, 4004);
  t.same(follower.lines(), ['Skipped: 2 of 4 slots in use.']);
});

t.test('sockets elsewhere, and of other pages, are refused', async (t) => {
  const bench = await apiBench(t, { rules: { token: 'open-sesame', protect: 'all' } });
  const { job_id } = await bench.queue.submit(api, 'reject');
  const path = `/jobs/${job_id}/ws`;
  await t.rejects(new Listener(socketUrl(bench, path)).closed, { message: /401/ });
  const bearer = `typhon.bearer.${Buffer.from('open-sesame').toString('base64url')}`;
  const granted = new Listener(socketUrl(bench, path), [bearer]);
  await once(granted.socket, 'open');
  granted.socket.close();
  await granted.closed;
  await t.rejects(new Listener(socketUrl(bench, '/nowhere'), [bearer]).closed, { message: /404/ });
  const foreign = new WebSocket(socketUrl(bench, path), [bearer], { origin: 'http://evil.example' });
  const [error] = await once(foreign, 'error');
  t.match(error, { message: /403/ });
});

t.test('a refused client that never closes its side does not hold up the end', async (t) => {
  const bench = await apiBench(t);
  const socket = net.connect({ port: bench.port, host: '127.0.0.1', allowHalfOpen: true });
  t.teardown(() => socket.destroy());
  const head = ['GET /nowhere HTTP/1.1', `host: 127.0.0.1:${bench.port}`, 'connection: upgrade', 'upgrade: websocket'];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  const [answer] = await once(socket, 'data');
  t.match(String(answer), /^HTTP\/1\.1 404/);
  await bench.web.close();
});

t.test('too many followers are told to come later; one that leaves makes room', async (t) => {
  const bench = await apiBench(t, { services: { followers: new Followers(1) } });
  const { job_id } = await bench.queue.submit(api, 'reject');
  await bench.begin(0);
  const path = `/jobs/${job_id}/ws`;
  const first = new Listener(socketUrl(bench, path));
  await first.until(() => first.messages.length > 0);
  t.equal(await new Listener(socketUrl(bench, path)).closed, 1013);
  t.equal((await fetch(`${bench.url}/jobs/${job_id}/logs?follow=true`)).status, 503);
  first.socket.close();
  await first.closed;
  const next = new Listener(socketUrl(bench, path));
  await next.until(() => next.messages.length > 0);
  t.match(next.messages[0], { type: 'progress' });
  next.socket.terminate();
});

t.test('the end of the agent is not the end of a job that waits', async (t) => {
  const bench = await apiBench(t);
  await bench.queue.submit(api, 'queue');
  await bench.begin(0);
  const { job_id } = await bench.queue.submit(api, 'queue');
  const waiting = new Listener(socketUrl(bench, `/jobs/${job_id}/ws`));
  await waiting.until(() => waiting.messages.some(({ type }) => type === 'log'));
  await bench.queue.stop('typhon stops');
  t.equal(await waiting.closed, 1001);
  t.notOk(waiting.messages.some(({ type }) => type === 'done'));
});

t.test('a client that talks too much is dropped', async (t) => {
  const bench = await apiBench(t);
  const { job_id } = await bench.queue.submit(api, 'reject');
  const listener = new Listener(socketUrl(bench, `/jobs/${job_id}/ws`));
  await once(listener.socket, 'open');
  listener.socket.send('x'.repeat(2048));
  t.equal(await listener.closed, 1009);
  t.equal((await fetch(`${bench.url}/health`)).status, 200);
});

t.test('tells the live speed to those alone who ask for it', async (t) => {
  const bench = await apiBench(t);
  const { job_id } = await bench.queue.submit(api, 'reject');
  const { end } = await bench.begin(0);
  const curious = new Listener(socketUrl(bench, `/jobs/${job_id}/ws?live=true`));
  const plain = new Listener(socketUrl(bench, `/jobs/${job_id}/ws`));
  for (const listener of [curious, plain]) await listener.until(() => listener.messages.length > 0);
  bench.services.liveSpeeds.onEvent(job_id, { type: 'live', testId: 'long_gen', chunks: 41, chunksPerSecond: 82 });
  end(DONE);
  await Promise.all([curious.closed, plain.closed]);
  const live = (listener: Listener) => listener.messages.filter(({ type }) => type === 'live');
  t.same(live(curious), [{ type: 'live', test_id: 'long_gen', chunks: 41, chunks_per_second: 82 }]);
  t.same(live(plain), []);
});

t.test('a follower that takes nothing is dropped, and the others see every line', async (t) => {
  const bench = await apiBench(t);
  const server = http.createServer();
  const rules = { token: undefined, protect: 'changes', loopbackOnly: true, hostNames: [] } as const;
  const failedLogins = new FailedLogins({ nowMs: () => 0, logger: bench.logger, wait: async () => undefined });
  const close = serveLogSockets({
    server,
    connectionEvent: 'connection',
    services: bench.services,
    rules: () => rules,
    failedLogins,
    headers: () => ({}),
    // For one that takes each line as it comes, but shares a busy machine, it is long.
    sendTimeoutMs: 3000,
  });
  const port = await listening(t, server);
  t.teardown(close);
  const { job_id } = await bench.queue.submit(api, 'reject');
  const { work, end } = await bench.begin(0);
  const url = `ws://127.0.0.1:${port}/jobs/${job_id}/ws`;
  const [slow, quick] = [new Listener(url), new Listener(url)];
  await Promise.all([once(slow.socket, 'open'), once(quick.socket, 'open')]);
  slow.socket.pause();
  // More than what a connection holds by itself.
  const lines = Array.from({ length: 64 }, (_, index) => `${index} ${'x'.repeat(2 ** 18)}`);
  for (const line of lines) work.log.write(line);
  await quick.until(() => quick.lines().length >= lines.length);
  await eventually(() => bench.services.followers.count === 1);
  t.same(quick.lines(), lines);
  end(DONE);
  t.equal(await quick.closed, 1000);
  slow.socket.resume();
  t.equal(await slow.closed, 1006, 'cut off, not closed');
  t.ok(slow.lines().length < lines.length);
});
