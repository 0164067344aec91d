import t from 'tap';
import type { RequestResult } from '../../src/benchmark/result.js';
import { aggregateSpeed, enclosing, isWhole, judgedWave, type StreamRun, waveSpeed } from '../../src/benchmark/wave.js';
import { failedRun, successfulRun } from '../fixtures/benchmark-result.js';

/** A stream that is sent at `startMs` and brings its tokens from `firstMs` to `lastMs`. */
function stream(startMs: number, [firstMs, lastMs]: readonly [number, number], fields = {}): StreamRun {
  const result = successfulRun({ ttft_s: (firstMs - startMs) / 1000, completion_tokens: 10, ...fields });
  return { result, startMs, endMs: lastMs + 50, tokens: { startMs: firstMs, endMs: lastMs } };
}

const failed: StreamRun = { result: failedRun(), startMs: 0, endMs: 9999, tokens: undefined };

const flagsOf = (result: RequestResult | undefined) => (result?.success ? result.flags : undefined);

t.test('all streams together count from the first send to the last token', async (t) => {
  const wave = [stream(1000, [1100, 1900]), stream(1010, [1200, 2000])];
  t.equal(aggregateSpeed([wave]), 20);
  t.equal(aggregateSpeed([wave, [stream(5000, [5100, 6000]), stream(5000, [5100, 8000])]]), 10, 'tokens over times');
});

t.test('a wave that is not whole counts nowhere', async (t) => {
  const whole = [stream(1000, [1100, 2000])];
  t.notOk(isWhole([...whole, failed]));
  t.equal(aggregateSpeed([[...whole, failed]]), undefined);
  t.equal(aggregateSpeed([[...whole, failed], whole]), 10);
  t.equal(aggregateSpeed([]), undefined);
});

t.test('the successes of a wave that is not whole say so', async (t) => {
  const [good, bad] = judgedWave([stream(1000, [1100, 2000], { flags: ['client_gap'] }), failed]);
  t.same(flagsOf(good?.result), ['client_gap', 'partial_wave']);
  t.same(bad?.result, failed.result);
});

t.test('a stream was queued where its first token came after the last of another', async (t) => {
  const wave = [stream(0, [100, 1000]), stream(0, [110, 1010]), stream(0, [1090, 2000]), stream(0, [999, 1900])];
  const [first, second, third, fourth] = judgedWave(wave).map(({ result }) => result);
  t.match({ ...first }, { ttft_s: 0.1, queued_ttft_s: null });
  t.match({ ...second }, { ttft_s: 0.11, queued_ttft_s: null });
  t.match({ ...third }, { ttft_s: null, queued_ttft_s: 1.09, prefill_tps: null });
  t.match({ ...fourth }, { ttft_s: 0.999, queued_ttft_s: null }, 'before any had ended');
});

t.test('a stream alone is not queued behind itself, nor one whose arrival times are no good', async (t) => {
  const [alone] = judgedWave([stream(0, [100, 100])]);
  t.match({ ...alone?.result }, { ttft_s: 0.1, queued_ttft_s: null });
  const clumped = judgedWave([stream(0, [100, 1000]), stream(0, [1100, 1100], { flags: ['arrivals_clumped'] })]);
  t.match({ ...clumped[1]?.result }, { ttft_s: 1.1, queued_ttft_s: null });
});

t.test("a wave's speed is the mean of its streams', unknown where none is known", async (t) => {
  t.equal(waveSpeed([stream(0, [1, 2], { tps: 40 }), stream(0, [1, 2], { tps: 42 })]), 41);
  t.equal(waveSpeed([stream(0, [1, 2], { tps: null })]), undefined);
});

t.test('spans are enclosed by their first start and last end', async (t) => {
  t.same(
    enclosing([
      { startMs: 3, endMs: 5 },
      { startMs: 1, endMs: 4 },
    ]),
    { startMs: 1, endMs: 5 },
  );
  t.equal(enclosing([]), undefined);
});
