/** How each test is called wherever people read of it: in results, on a terminal, on the page. */
import { count } from './figure-text.js';

const names: Readonly<Record<string, string>> = {
  baseline_short: 'Baseline (short prompt)',
  long_gen: 'Long generation stress',
  memory_wall: 'Memory wall detection',
  canary: 'Output canary',
};

const families: readonly (readonly [pattern: RegExp, name: (size: number) => string])[] = [
  [/^ctx_sweep_(\d+)$/, (tokens) => `Context sweep — ${count(tokens)} tokens`],
  [/^concurrency_(\d+)$/, (streams) => `Concurrency — ${streams} streams`],
  [/^zeus_(\d+)$/, (tokens) => `Zeus — ${count(tokens)} tokens`],
];

/** Of a test that is not known, such as one of another version, its id. */
export function testName(testId: string): string {
  const known = Object.hasOwn(names, testId) ? names[testId] : undefined;
  if (known !== undefined) return known;
  for (const [pattern, name] of families) {
    const size = pattern.exec(testId)?.[1];
    if (size !== undefined) return name(Number(size));
  }
  return testId;
}
