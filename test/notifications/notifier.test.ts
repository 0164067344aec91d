import { setImmediate } from 'node:timers/promises';
import { pino } from 'pino';
import t from 'tap';
import { type ChannelSettings, channelSchema } from '../../src/config/notification-channel.js';
import type { Fetch } from '../../src/notifications/http-post.js';
import { Notifier } from '../../src/notifications/notifier.js';
import type { KeptOutbox } from '../../src/notifications/outbox.js';
import { ManualClock } from '../fixtures/manual-clock.js';
import { recovery, runFailure } from '../fixtures/notification-events.js';

const START = Date.parse('2026-11-21T14:00:00.000Z');

function channel(name: string, more: object = {}): ChannelSettings {
  return channelSchema.parse({ name, kind: 'webhook', url: `http://${name}.example.org/`, ...more });
}

interface Sent {
  readonly url: string;
  readonly id: string | null;
}

function bench(files = new Map<string, unknown>()) {
  const sent: Sent[] = [];
  const logged: Record<string, unknown>[] = [];
  const clock = new ManualClock(START);
  const down = new Set<string>();
  const answer: Fetch = async (url, { headers }) => {
    if (down.has(url)) throw new Error('no connection');
    sent.push({ url, id: new Headers(headers).get('typhon-event-id') });
    return { status: 204, headers: new Headers(), body: null };
  };
  const notifier = new Notifier({
    files: {
      read: async (name) => files.get(name),
      write: async (name, outbox: KeptOutbox) => void files.set(name, JSON.parse(JSON.stringify(outbox))),
    },
    fetch: answer,
    clock,
    random: () => 1,
    logger: pino({ level: 'debug' }, { write: (line: string) => void logged.push(JSON.parse(line)) }),
  });
  return { notifier, sent, clock, files, down, logged };
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await setImmediate();
}

t.test('tells every channel; one that is down holds up no other', async (t) => {
  const { notifier, sent, clock, down } = bench();
  down.add('http://a.example.org/');
  await notifier.apply([channel('a'), channel('b'), channel('c', { on: ['recovery'] })]);
  await notifier.notify(runFailure);
  await settled();
  t.same(sent, [{ url: 'http://b.example.org/', id: runFailure.id }]);
  down.clear();
  clock.advance(5000);
  await settled();
  t.same(sent.slice(1), [{ url: 'http://a.example.org/', id: runFailure.id }]);
});

t.test('a reload: new channels begin, gone ones end, the others go on', async (t) => {
  const { notifier, sent, clock, down } = bench();
  down.add('http://a.example.org/').add('http://gone.example.org/');
  await notifier.apply([channel('a'), channel('gone')]);
  await notifier.notify(runFailure);
  await settled();
  await notifier.apply([channel('new'), channel('a')]);
  await notifier.notify(recovery);
  down.clear();
  clock.advance(5000);
  await settled();
  t.same(sent, [
    { url: 'http://new.example.org/', id: recovery.id },
    { url: 'http://a.example.org/', id: runFailure.id },
    { url: 'http://a.example.org/', id: recovery.id },
  ]);
});

t.test('a restart: what was not through is, and what happened meanwhile is told', async (t) => {
  const first = bench();
  first.down.add('http://a.example.org/');
  await first.notifier.apply([channel('a')]);
  await first.notifier.notify(runFailure);
  await settled();
  await first.notifier.close();
  t.same(first.clock.waitingMs, []);
  const second = bench(first.files);
  await second.notifier.apply([channel('a')], [runFailure, recovery]);
  await settled();
  t.same(
    second.sent.map(({ id }) => id),
    [runFailure.id, recovery.id],
  );
});

t.test('an outbox that cannot be read starts empty, which is told', async (t) => {
  const { notifier, sent, logged } = bench(new Map<string, unknown>([['a', { version: 2 }]]));
  await notifier.apply([channel('a')]);
  t.match(logged, [{ level: 50, channel: 'a', msg: /cannot be read/ }]);
  await notifier.notify(runFailure);
  await settled();
  t.equal(sent.length, 1);
});

t.test('after its end it tells nobody', async (t) => {
  const { notifier, sent } = bench();
  await notifier.apply([channel('a')]);
  await notifier.close();
  await notifier.notify(runFailure);
  await settled();
  t.same(sent, []);
});
