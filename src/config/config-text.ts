/** The text of a configuration file. */
import { readFile } from 'node:fs/promises';
import { ConfigError } from './config-error.js';

const readFailures: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'a directory',
  EACCES: 'no permission to read it',
};

/** `origin`: the flag or the variable that named the file. Throws a ConfigError `config_unreadable`. */
export async function readConfigText(file: string, origin: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const code = codeOf(cause);
    const problem = {
      path: origin,
      line: undefined,
      expected: `a readable file at ${file}`,
      got: readFailures[code] ?? code,
    };
    throw new ConfigError('config_unreadable', [problem], { cause });
  }
}

/** As {@link readConfigText}, for a file that nobody named: `undefined` where it does not exist. */
export async function readConfigTextIfThere(file: string): Promise<string | undefined> {
  try {
    return await readConfigText(file, '');
  } catch (error) {
    if (error instanceof ConfigError && codeOf(error.cause) === 'ENOENT') return undefined;
    throw error;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
