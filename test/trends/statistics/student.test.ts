import t from 'tap';
import { tQuantile975 } from '../../../src/benchmark/figures/statistics.js';
import { studentTail, studentTailQuantile } from '../../../src/trends/statistics/student.js';

function near(actual: number, expected: number, relative: number): boolean {
  return Math.abs(actual / expected - 1) <= relative;
}

t.test('one degree of freedom is the Cauchy distribution, whose tail is known in closed form', async (t) => {
  for (const value of [0.1, 1, 3, 31.82, 1000]) {
    const exact = Math.atan(1 / value) / Math.PI;
    t.ok(near(studentTail(value, 1), exact, 1e-9), `t = ${value}`);
  }
});

t.test('two degrees of freedom have a closed form too', async (t) => {
  for (const value of [0.5, 2, 9.925, 100]) {
    const root = Math.sqrt(2 + value * value);
    // (1 − t / √(2 + t²)) / 2, written so that nothing cancels far out.
    const exact = 1 / (root * (root + value));
    t.ok(near(studentTail(value, 2), exact, 1e-9), `t = ${value}`);
  }
});

t.test('agrees with the table of 97.5 % quantiles', async (t) => {
  for (const degrees of [1, 2, 3, 5, 10, 20, 30]) {
    t.ok(near(studentTailQuantile(0.025, degrees), tQuantile975(degrees), 5e-4), `df = ${degrees}`);
  }
});

t.test('agrees with tables far out, where decisions are taken', async (t) => {
  t.ok(near(studentTailQuantile(0.001, 6), 5.208, 1e-3));
  t.ok(near(studentTailQuantile(0.0005, 10), 4.587, 1e-3));
  t.ok(near(studentTailQuantile(0.01, 120), 2.358, 1e-3));
});

t.test('the lower side mirrors the upper one', async (t) => {
  t.equal(studentTail(0, 7), 0.5);
  t.ok(near(studentTail(-1.3, 7), 1 - studentTail(1.3, 7), 1e-12));
});
