/** What stands in a configuration file and should not. */
import type { z } from 'zod';
import { ConfigError, type ConfigProblem } from './config-error.js';
import type { Path } from './path.js';

export interface ConfigViolation {
  readonly path: Path;
  readonly expected: string;
  /** Where what stood there says more than its value does. */
  readonly got?: string;
}

/** What a schema found: an issue of its own for each key that nobody knows. */
export function violationsOf(issue: z.core.$ZodIssue): ConfigViolation[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      expected: issue.message,
      got: `the unknown key ${key}`,
    }));
  }
  if (issue.code === 'invalid_key') {
    return [{ path: issue.path, expected: issue.message, got: `the key ${String(issue.path.at(-1))}` }];
  }
  return [{ path: issue.path, expected: issue.message }];
}

/** All of them at once, in the order of the file. */
export function invalidConfig(problems: readonly ConfigProblem[], options?: ErrorOptions): ConfigError {
  return new ConfigError(
    'config_invalid',
    problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)),
    options,
  );
}
