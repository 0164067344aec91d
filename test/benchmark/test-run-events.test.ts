import t from 'tap';
import type { BenchmarkEvent } from '../../src/benchmark/benchmark-event.js';
import { running } from '../fixtures/running-test.js';

t.test('tells what it does, in order', async (t) => {
  const { events, run } = await running(t, { tokenGapMs: 1 });
  await run({ nRuns: 2 });
  const told = events.map((event) => (event.type === 'phase' ? event.phase : event.type));
  const one = ['decode_wait_first_token', 'decode_stream', 'parser', 'run_finished'];
  t.same(told, ['prompt_build', 'warmup', ...one, 'prompt_build', ...one]);
  t.ok(events.every((event) => 'testId' in event && event.testId === 'baseline_short'));
});

t.test('tells the speed of a stream that goes on, twice a second at most', async (t) => {
  // In many reads: what comes with the first token is there with it.
  const { run } = await running(t, { splitWrites: 'event' });
  let nowNs = process.hrtime.bigint();
  t.intercept(process.hrtime, 'bigint', { value: () => nowNs });
  const told: BenchmarkEvent[] = [];
  const live = () => told.flatMap((event) => (event.type === 'live' ? [event] : []));
  await run({ nRuns: 1, maxTokens: 40 }, { emit: (event) => told.push(event) });
  t.same(live(), [], 'a stream of no time at all needs none');
  const emit = (event: BenchmarkEvent) => {
    told.push(event);
    if (event.type === 'phase' && event.phase === 'decode_stream') nowNs += 800_000_000n;
  };
  await run({ nRuns: 1, maxTokens: 40 }, { emit });
  t.equal(live().length, 1, 'though many chunks came after it');
  const [{ testId, chunks, chunksPerSecond } = { testId: '', chunks: 0, chunksPerSecond: 0 }] = live();
  t.equal(testId, 'baseline_short');
  t.ok(chunks >= 1 && chunks <= 40 + 4);
  t.ok(Math.abs(chunksPerSecond - chunks / 0.8) < 1e-9, 'over the time since the first read');
});

t.test("cancelling rejects with the signal's reason, in a stream and while sizing", async (t) => {
  const reason = new Error('enough');
  const { fake, events, run } = await running(t, { fault: { kind: 'stall', afterTokens: 2 } });
  const cancel = new AbortController();
  const emit = (event: BenchmarkEvent) => {
    events.push(event);
    if (event.type === 'phase' && event.phase === 'decode_stream') cancel.abort(reason);
  };
  await t.rejects(run({ nRuns: 3 }, { signal: cancel.signal, emit }), reason);
  t.equal(fake.chatRequests.length, 1);
  t.notOk(
    events.some((event) => event.type === 'run_finished'),
    'a cancelled run is no result',
  );
  const sizing = await running(
    t,
    {},
    {
      countTokens: (_text, _model, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    },
  );
  const stop = new AbortController();
  const sized = sizing.run({ prompt: { kind: 'fill', tokens: 2048 } }, { signal: stop.signal });
  stop.abort(reason);
  await t.rejects(sized, reason);
  t.equal(sizing.fake.chatRequests.length, 0);
});
