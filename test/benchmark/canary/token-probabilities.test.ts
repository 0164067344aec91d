import t from 'tap';
import {
  distance,
  limitOf,
  shiftBeyond,
  tokenProbabilities,
} from '../../../src/benchmark/canary/token-probabilities.js';

const event = (...logprobs: readonly unknown[]) => ({
  choices: [{ index: 0, delta: { content: 'x' }, logprobs: { content: logprobs.map((logprob) => ({ logprob })) } }],
});

t.test('they are read from every event that has some, to a millionth', async (t) => {
  const silent = [{ choices: [{ delta: { role: 'assistant' } }] }, { choices: [] }, 'nothing', { choices: [null] }];
  const events = [...silent, event(-5.567764759063721), event(-0.1, -2), ...silent];
  t.same(tokenProbabilities(events), [-5.567765, -0.1, -2]);
});

t.test('none are known where there are none, or a draft model hides them', async (t) => {
  t.equal(tokenProbabilities([{ choices: [{ delta: { content: 'x' }, logprobs: null }] }]), undefined);
  t.equal(tokenProbabilities([event(null), event('likely')]), undefined);
  t.equal(tokenProbabilities([event(0), event(0)]), undefined);
  t.same(tokenProbabilities([event(0), event(-1)]), [0, -1]);
});

t.test('how far answers lie apart is the furthest that one token moved', async (t) => {
  t.equal(distance([-1, -2], [-1.5, -2]), 0.5);
  t.equal(distance([-1, -2], [-1, -2]), 0);
  t.equal(distance([-1, -2], [-1]), undefined, 'of other tokens');
  t.equal(distance(null, [-1]), undefined);
  t.equal(distance([-1], undefined), undefined);
});

t.test('the first token that moved too far is named', async (t) => {
  t.same(shiftBeyond(0.1, [-1, -2, -3], [-1.05, -2.5, -1]), { token: 1, before: -2, after: -2.5 });
  t.equal(shiftBeyond(0.5, [-1, -2], [-1.5, -2]), undefined);
  t.equal(shiftBeyond(0.1, [-1], [-2, -3]), undefined);
  t.equal(shiftBeyond(0.1, null, [-2]), undefined);
});

t.test("a run's own scatter has to be exceeded ten times", async (t) => {
  t.equal(limitOf(1e-5, 0), 1e-5);
  t.equal(limitOf(1e-5, 0.5), 5);
  t.equal(limitOf(0.25, 0.001), 0.25);
});
