import t from 'tap';
import type { SocketMessage } from '../../../src/api/listener/log-socket.js';
import { type FeedSocket, followJob, tokenProtocol } from '../../../src/web/run/job-feed.js';
import { ManualTimer } from '../../fixtures/manual-timer.js';

class FakeSocket implements FeedSocket {
  onopen: FeedSocket['onopen'] = null;
  onmessage: FeedSocket['onmessage'] = null;
  onclose: FeedSocket['onclose'] = null;
  isClosed = false;

  close(): void {
    this.isClosed = true;
  }

  opens(): void {
    this.#call(this.onopen, new Event('open'));
  }

  says(data: unknown): void {
    this.#call(this.onmessage, { data });
  }

  closes(code: number): void {
    this.#call(this.onclose, { code });
  }

  #call(handler: unknown, event: unknown): void {
    if (typeof handler === 'function') handler.call(this, event);
  }
}

function feed() {
  const timer = new ManualTimer();
  const sockets: FakeSocket[] = [];
  const heard: (SocketMessage | 'open' | 'lost')[] = [];
  const end = followJob({
    jobId: 'a3f1c820',
    open: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    timer,
    onOpen: () => heard.push('open'),
    onMessage: (message) => heard.push(message),
    onLost: () => heard.push('lost'),
  });
  return { timer, sockets, heard, end };
}

const LINE = { type: 'log', line: 'a' } as const;

t.test('comes back after a loss, more slowly each time, until it hears something again', async (t) => {
  const { timer, sockets, heard } = feed();
  sockets[0]?.closes(1006);
  t.equal(timer.next(), 500);
  sockets[1]?.opens();
  sockets[1]?.closes(1006);
  t.equal(timer.next(), 1000, 'an opening alone is no success');
  sockets[2]?.opens();
  sockets[2]?.says(JSON.stringify(LINE));
  sockets[2]?.closes(1001);
  t.equal(timer.next(), 500);
  t.same(heard, ['lost', 'open', 'lost', 'open', LINE, 'lost']);
});

t.test('ends with the job, and where nobody knows it', async (t) => {
  const done = feed();
  done.sockets[0]?.says('{"type":"done","status":"done"}');
  done.sockets[0]?.closes(1000);
  t.same(done.timer.waiting, []);
  const unknown = feed();
  unknown.sockets[0]?.closes(4004);
  t.same(unknown.timer.waiting, []);
});

t.test('hears nothing more once it was ended, and what it does not understand not at all', async (t) => {
  const { sockets, heard, timer, end } = feed();
  for (const data of ['{', '{"type":"news"}', 'null', new ArrayBuffer(1)]) sockets[0]?.says(data);
  end();
  sockets[0]?.says(JSON.stringify(LINE));
  sockets[0]?.closes(1000);
  t.same(heard, []);
  t.equal(sockets[0]?.isClosed, true);
  t.same(timer.waiting, []);
});

t.test('a token travels as a subprotocol in base64url', async (t) => {
  t.equal(tokenProtocol('schlüssel/+='), `typhon.bearer.${Buffer.from('schlüssel/+=').toString('base64url')}`);
});
