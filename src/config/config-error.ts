import { ExpectedError } from '../shared/expected-error.js';

/** One thing that is wrong in the configuration, where it stands, what was expected and what stood there. */
export interface ConfigProblem {
  /** As `targets[0].url`, or the flag or environment variable that brought the value; empty for the file as a whole. */
  readonly path: string;
  /** Line in the file, from 1; `undefined` where it came from no file. */
  readonly line: number | undefined;
  readonly expected: string;
  readonly got: string;
}

/** `path (line N): expected …, got …`. */
export function formatProblem({ path, line, expected, got }: ConfigProblem): string {
  const standsAt = line === undefined ? '' : `line ${line}`;
  const where = path === '' || standsAt === '' ? `${path}${standsAt}` : `${path} (${standsAt})`;
  return `${where === '' ? '' : `${where}: `}expected ${expected}, got ${got}`;
}

/** `config_unreadable`: the file could not be read. `config_invalid`: what it or a flag says cannot be used. */
export type ConfigErrorCode = 'config_unreadable' | 'config_invalid';

/** The configuration cannot be used; `problems` names every reason, in the order of the file. */
export class ConfigError extends ExpectedError {
  override readonly name = 'ConfigError';
  readonly code: ConfigErrorCode;
  readonly problems: readonly ConfigProblem[];

  constructor(code: ConfigErrorCode, problems: readonly ConfigProblem[], options?: ErrorOptions) {
    super(problems.map(formatProblem).join('\n'), options);
    this.code = code;
    this.problems = problems;
  }

  override get exitCode(): number {
    return 2;
  }

  override get tellsCause(): boolean {
    return true;
  }
}
