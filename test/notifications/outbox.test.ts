import { setImmediate } from 'node:timers/promises';
import { pino } from 'pino';
import t from 'tap';
import { type ChannelSettings, channelSchema } from '../../src/config/notification-channel.js';
import { DeliveryFailure, type Retry } from '../../src/notifications/delivery-failure.js';
import type { NotificationEvent } from '../../src/notifications/event.js';
import { type KeptOutbox, keptOutboxSchema, Outbox, type OutboxOptions } from '../../src/notifications/outbox.js';
import { ManualClock } from '../fixtures/manual-clock.js';
import { recovery, runFailure, testMessage } from '../fixtures/notification-events.js';

const SECOND = 1000;
const HOUR = 3_600_000;
const START = Date.parse('2026-11-21T15:00:00.000Z');

const ops: ChannelSettings = channelSchema.parse({ name: 'ops', kind: 'webhook', url: 'http://ops.example.org/' });

function failure(retry: Retry): DeliveryFailure {
  return new DeliveryFailure('answered 500', { code: 'refused', retry });
}

/** Events that differ in nothing but their ids and times. */
function numbered(number: number): NotificationEvent {
  return { ...runFailure, id: `run_failure:${number}`, at: new Date(START + number).toISOString() };
}

interface Attempt {
  readonly id: string;
  readonly url: string | undefined;
  readonly signal: AbortSignal;
  readonly succeed: () => void;
  readonly fail: (error: unknown) => void;
}

interface Setting extends Partial<OutboxOptions> {
  readonly clock?: ManualClock;
}

/** An outbox whose attempts end as the test says, and the file that it writes. */
function bench({ clock = new ManualClock(START), ...options }: Setting = {}) {
  const attempts: Attempt[] = [];
  const logged: Record<string, unknown>[] = [];
  const outcomes: string[] = [];
  const file: { kept: KeptOutbox | undefined } = { kept: options.kept };
  const outbox = new Outbox({
    settings: ops,
    kept: undefined,
    keep: async (kept) => {
      file.kept = keptOutboxSchema.parse(JSON.parse(JSON.stringify(kept)));
    },
    deliver: (settings, event, signal) =>
      new Promise((succeed, fail) => {
        signal.addEventListener('abort', () => fail(signal.reason));
        const url = settings.kind === 'webhook' ? settings.url : undefined;
        attempts.push({ id: event.id, url, signal, succeed, fail });
      }),
    onOutcome: (outcome) => void outcomes.push(outcome),
    clock,
    random: () => 1,
    logger: pino({ level: 'debug' }, { write: (line: string) => void logged.push(JSON.parse(line)) }),
    ...options,
  });
  const waiting = () => file.kept?.waiting.map(({ event }) => event.id);
  return { outbox, attempts, clock, file, waiting, logged, outcomes };
}

/** Lets everything happen that waits for nothing but its turn. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await setImmediate();
}

t.test('one after the other, in order, and each is on disk until it is through', async (t) => {
  const { outbox, attempts, waiting } = bench();
  for (const number of [1, 2, 3]) await outbox.accept(numbered(number));
  t.same(waiting(), ['run_failure:1', 'run_failure:2', 'run_failure:3']);
  t.same(
    attempts.map(({ id }) => id),
    ['run_failure:1'],
    'the second waits for the first',
  );
  attempts[0]?.succeed();
  await settled();
  t.same(waiting(), ['run_failure:2', 'run_failure:3']);
  attempts[1]?.succeed();
  await settled();
  attempts[2]?.succeed();
  await settled();
  t.same(
    attempts.map(({ id }) => id),
    ['run_failure:1', 'run_failure:2', 'run_failure:3'],
  );
  t.same(waiting(), []);
});

t.test('the same event is told once, whenever it comes again', async (t) => {
  const first = bench();
  await first.outbox.accept(runFailure);
  await first.outbox.accept(runFailure);
  first.attempts[0]?.succeed();
  await settled();
  await first.outbox.accept(runFailure);
  const second = bench({ kept: first.file.kept });
  await second.outbox.open([runFailure]);
  await second.outbox.accept(runFailure);
  await settled();
  t.equal(first.attempts.length, 1);
  t.equal(second.attempts.length, 0);
});

t.test('a failure is tried again, later each time, and what came after it waits', async (t) => {
  const { outbox, attempts, clock, logged } = bench();
  await outbox.accept(numbered(1));
  await outbox.accept(numbered(2));
  const waits: number[] = [];
  for (let failures = 0; failures < 10; failures += 1) {
    attempts.at(-1)?.fail(failure({ kind: 'later' }));
    await settled();
    const [waitMs = 0] = clock.waitingMs;
    waits.push(waitMs / SECOND);
    clock.advance(waitMs - 1);
    t.equal(attempts.length, failures + 1, 'not sooner');
    clock.advance(1);
  }
  t.same(waits, [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]);
  t.ok(attempts.every(({ id }) => id === 'run_failure:1'));
  t.match(logged[0], { channel: 'ops', id: 'run_failure:1', reason: 'answered 500', wait_ms: 5000 });
  attempts.at(-1)?.succeed();
  await settled();
  attempts.at(-1)?.fail(failure({ kind: 'later' }));
  await settled();
  t.same(clock.waitingMs, [5000], 'after a success it counts from the beginning');
});

t.test('no sooner than the other side asked for', async (t) => {
  const { outbox, attempts, clock } = bench();
  await outbox.accept(runFailure);
  attempts[0]?.fail(failure({ kind: 'later', afterMs: 90 * SECOND }));
  await settled();
  t.same(clock.waitingMs, [90 * SECOND]);
});

t.test('what is refused for good is given up, and the next one has its turn', async (t) => {
  const { outbox, attempts, waiting, logged } = bench();
  await outbox.accept(numbered(1));
  await outbox.accept(numbered(2));
  attempts[0]?.fail(failure({ kind: 'never' }));
  await settled();
  t.same(
    attempts.map(({ id }) => id),
    ['run_failure:1', 'run_failure:2'],
  );
  t.same(waiting(), ['run_failure:2']);
  t.match(logged[0], { level: 50, id: 'run_failure:1', reason: 'answered 500' });
});

t.test('what nobody foresaw is tried again, and its message stays out of the log', async (t) => {
  const { outbox, attempts, clock, logged } = bench();
  await outbox.accept(runFailure);
  attempts[0]?.fail(new TypeError('https://hooks.example.org/hunter2'));
  await settled();
  t.same(clock.waitingMs, [5000]);
  t.match(logged[0], { reason: 'TypeError' });
  t.notMatch(JSON.stringify(logged), /hunter2/);
});

t.test('given up when it is too old, which is told', async (t) => {
  const { outbox, attempts, clock, waiting, logged } = bench({ settings: { ...ops, giveUpAfterMs: HOUR } });
  await outbox.accept(numbered(1));
  let tries = 0;
  while (waiting()?.length !== 0) {
    tries += 1;
    attempts.at(-1)?.fail(failure({ kind: 'later' }));
    await settled();
    clock.advance(clock.waitingMs[0] ?? 0);
    await settled();
  }
  t.equal(attempts.length, tries);
  t.ok(tries > 5, `${tries} tries within an hour`);
  t.match(logged.at(-1), { level: 50, id: 'run_failure:1', msg: /given up/ });
});

t.test('a restart goes on where it ended: the first is tried at once, nothing is lost or told twice', async (t) => {
  const before = bench();
  for (const number of [1, 2, 3]) await before.outbox.accept(numbered(number));
  before.attempts[0]?.succeed();
  await settled();
  before.attempts[1]?.fail(failure({ kind: 'later' }));
  await settled();
  // Killed here: nobody closes it.
  const after = bench({ kept: before.file.kept });
  await after.outbox.open([]);
  t.same(
    after.attempts.map(({ id }) => id),
    ['run_failure:2'],
  );
  after.attempts[0]?.succeed();
  await settled();
  after.attempts[1]?.succeed();
  await settled();
  t.same(
    after.attempts.map(({ id }) => id),
    ['run_failure:2', 'run_failure:3'],
  );
  t.same(after.waiting(), []);
});

t.test('after a start it takes what happened unheard, and nothing older', async (t) => {
  const before = bench();
  await before.outbox.open([]);
  await before.outbox.accept(numbered(5));
  before.attempts[0]?.succeed();
  await settled();
  const after = bench({ kept: before.file.kept });
  await after.outbox.open([numbered(4), numbered(5), numbered(6)]);
  t.same(after.waiting(), ['run_failure:6']);
  const fresh = bench();
  await fresh.outbox.open([numbered(-1)]);
  t.same(fresh.waiting(), [], 'a new channel is not told of the past');
});

t.test(
  'events that the channel does not ask for pass by; adding their kind later brings none of them back',
  async (t) => {
    const before = bench({ settings: { ...ops, on: ['recovery'] } });
    await before.outbox.accept(runFailure);
    t.same(before.waiting(), []);
    await before.outbox.accept(recovery);
    t.same(before.waiting(), [recovery.id]);
    await before.outbox.accept(testMessage);
    t.same(before.waiting(), [recovery.id]);
    const after = bench({ kept: before.file.kept });
    await after.outbox.open([runFailure]);
    t.same(after.waiting(), [recovery.id]);
  },
);

t.test('new settings are tried at once', async (t) => {
  const { outbox, attempts, clock } = bench();
  await outbox.accept(runFailure);
  attempts[0]?.fail(failure({ kind: 'later', afterMs: HOUR }));
  await settled();
  outbox.apply({ ...ops });
  t.equal(attempts.length, 1, 'they are the same');
  outbox.apply({ ...ops, kind: 'webhook', url: 'http://new.example.org/' });
  t.same(
    attempts.map(({ url }) => url),
    ['http://ops.example.org/', 'http://new.example.org/'],
  );
  t.same(clock.waitingMs, []);
});

t.test('new settings while it sends wait for the next attempt', async (t) => {
  const { outbox, attempts, clock } = bench();
  await outbox.accept(runFailure);
  outbox.apply({ ...ops, timeoutMs: 1 });
  t.equal(attempts.length, 1);
  attempts[0]?.fail(failure({ kind: 'later' }));
  await settled();
  t.same(clock.waitingMs, [5000]);
});

t.test('close: what is sent within the grace is through', async (t) => {
  const { outbox, attempts, waiting, clock } = bench();
  await outbox.accept(numbered(1));
  await outbox.accept(numbered(2));
  const closed = outbox.close(SECOND);
  attempts[0]?.succeed();
  await closed;
  t.same(waiting(), ['run_failure:2']);
  t.equal(attempts.length, 1);
  t.same(clock.waitingMs, []);
});

t.test('close: what hangs is ended after the grace and kept', async (t) => {
  const { outbox, attempts, waiting, clock } = bench();
  await outbox.accept(runFailure);
  const closed = outbox.close(SECOND);
  clock.advance(SECOND - 1);
  t.equal(attempts[0]?.signal.aborted, false);
  clock.advance(1);
  t.equal(attempts[0]?.signal.aborted, true);
  await closed;
  t.same(waiting(), [runFailure.id]);
});

t.test('close: what waits for its next attempt stays, and nothing is tried any more', async (t) => {
  const { outbox, attempts, waiting, clock } = bench();
  await outbox.accept(runFailure);
  attempts[0]?.fail(failure({ kind: 'later' }));
  await settled();
  await outbox.close(SECOND);
  t.same(clock.waitingMs, []);
  await outbox.accept(recovery);
  t.equal(attempts.length, 1);
  t.same(waiting(), [runFailure.id, recovery.id], 'what still comes is kept');
});

t.test('close: a failure within the grace starts no further attempt', async (t) => {
  const { outbox, attempts, waiting, clock } = bench();
  await outbox.accept(runFailure);
  const closed = outbox.close(SECOND);
  attempts[0]?.fail(failure({ kind: 'later' }));
  await closed;
  t.same(clock.waitingMs, []);
  t.same(waiting(), [runFailure.id]);
});

t.test('bounded: when too many wait, the oldest that is not on its way is given up, and told so', async (t) => {
  const { outbox, attempts, waiting, logged } = bench();
  for (let number = 0; number < 203; number += 1) await outbox.accept(numbered(number));
  t.equal(waiting()?.length, 200);
  t.same(waiting()?.slice(0, 2), ['run_failure:0', 'run_failure:4']);
  t.equal(waiting()?.at(-1), 'run_failure:202');
  t.equal(attempts.length, 1);
  t.match(logged[0], { level: 50, id: 'run_failure:1' });
});

t.test('bounded: of the ids that it knows the oldest go', async (t) => {
  const { outbox, file } = bench({ settings: { ...ops, on: ['recovery'] } });
  for (let number = 0; number < 510; number += 1) await outbox.accept(numbered(number));
  t.equal(file.kept?.known.length, 500);
  t.equal(file.kept?.known.at(-1), 'run_failure:509');
});

t.test('a disk that refuses the outbox does not stop the message', async (t) => {
  const { outbox, attempts, logged } = bench({ keep: () => Promise.reject(new Error('disk full')) });
  await outbox.accept(runFailure);
  t.equal(attempts.length, 1);
  t.match(logged[0], { level: 50, err: { message: 'disk full' } });
  attempts[0]?.succeed();
  await settled();
  await outbox.accept(recovery);
  t.equal(attempts.length, 2);
});

t.test('how each attempt ended is told: sent, to be made again, or given up for whichever reason', async (t) => {
  const { outbox, attempts, clock, outcomes } = bench();
  await outbox.accept(numbered(1));
  attempts.at(-1)?.fail(failure({ kind: 'later' }));
  await settled();
  clock.advance(5 * SECOND);
  attempts.at(-1)?.succeed();
  await settled();
  t.same(outcomes, ['retried', 'sent']);
  await outbox.accept(numbered(2));
  attempts.at(-1)?.fail(failure({ kind: 'never' }));
  await settled();
  t.same(outcomes.slice(2), ['given_up'], 'refused');
});
