import { setFlagsFromString } from 'node:v8';
import t from 'tap';
import { disableJit } from '../../src/runner/disable-jit.js';

// V8's runtime.h: the bits of a function's optimisation status.
const OPTIMISED = 1 << 4;

// Through `Function`, so that V8's own syntax is read only where it is allowed, and the tracing of coverage adds nothing.
const body = 'let sum = 0; for (let i = 0; i < 2e6; i += 1) sum += i % 7; return sum;';
const hot = (): (() => number) => new Function(body) as () => number;

t.test('a function that runs hot is no longer compiled for speed', async (t) => {
  setFlagsFromString('--allow-natives-syntax');
  const statusOf = new Function('f', 'return %GetOptimizationStatus(f);') as (f: () => number) => number;
  disableJit();
  const work = hot();
  for (let call = 0; call < 20; call += 1) work();
  t.equal(statusOf(work) & OPTIMISED, 0);
});
