import t from 'tap';
import { extraRunsWords, extraRunWords, runWords } from '../../../src/shared/text/run-words.js';

t.test('timed runs alone have numbers', async (t) => {
  t.equal(runWords({ run: 1, warmup: true }), 'warm-up');
  t.equal(runWords({ run: 1, warmup: false }), 'run 1');
});

t.test('an extra run says which it is and what for', async (t) => {
  t.equal(extraRunWords({ run: 4, precision: 0.02 }), 'run 4 (extra, until ±2 %)');
  t.equal(extraRunWords({ run: 12, precision: 0.025 }), 'run 12 (extra, until ±2.5 %)');
  t.equal(extraRunWords({ run: 3, precision: 0.07 }), 'run 3 (extra, until ±7 %)');
});

t.test('what bounds them all', async (t) => {
  const limits = { precision: 0.03, maxRuns: 6, extraTimeMs: 300_000 };
  t.equal(
    extraRunsWords(limits),
    'Tests that vary are repeated until ±3 %, up to 6 timed runs each, for 300 s at most in all.',
  );
  t.equal(extraRunsWords({ ...limits, extraTimeMs: 0 }), undefined, 'there are none');
});
