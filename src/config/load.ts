import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { z } from 'zod';
import { ConfigError, type ConfigProblem } from './config-error.js';
import { defaults } from './defaults.js';
import type { ConfigDocument } from './document.js';
import { describeValue, expectationOf } from './expectation.js';
import { deepFreeze } from './freeze.js';
import { formatPath } from './path.js';
import { type ConfigViolation, referenceViolations } from './references.js';
import { type Config, configSchema } from './schema.js';
import { type ConfigOverrides, type Setting, type SettingName, settings } from './setting.js';

type Environment = Readonly<Record<string, string | undefined>>;

export interface ConfigSources {
  /** What flags gave, unparsed. */
  readonly overrides: ConfigOverrides;
  readonly environment: Environment;
  /** Where relative paths of configuration files begin. */
  readonly directory: string;
}

export interface LoadedConfig {
  readonly config: Config;
  /** The file it came from; `undefined` where there was none and the defaults hold. */
  readonly file: string | undefined;
}

/**
 * The configuration in force: flag before environment before file before default, complete and frozen.
 *
 * @throws ConfigError `config_unreadable` for a file that was named and cannot be read, `config_invalid` with every
 *   problem at once.
 */
export async function loadConfig({ overrides, environment, directory }: ConfigSources): Promise<LoadedConfig> {
  const given = givenSettings(overrides, environment);
  const named = given.get('configFile');
  const file = resolve(directory, named?.value ?? defaults.configFile);
  const text = await readConfigText(file, named?.origin);
  const document = text === undefined ? undefined : await documentOf(text, environment);
  return { config: parseConfig(document, given), file: text === undefined ? undefined : file };
}

/** Checks one file alone, without flags and without the environment's twins of them. Throws as {@link loadConfig}. */
export async function loadConfigFile(file: string, environment: Environment): Promise<Config> {
  const text = await readConfigText(file, '');
  return parseConfig(await documentOf(text ?? '', environment), new Map());
}

/** The parser is a fifth of what a short command loads, and most machines have no file. */
async function documentOf(text: string, environment: Environment): Promise<ConfigDocument> {
  const { parseConfigDocument } = await import('./document.js');
  return parseConfigDocument(text, environment);
}

interface GivenSetting {
  readonly value: string;
  /** The flag or the variable, for messages. */
  readonly origin: string;
}

function givenSettings(overrides: ConfigOverrides, environment: Environment): Map<SettingName, GivenSetting> {
  const given = new Map<SettingName, GivenSetting>();
  for (const name of Object.keys(settings) as SettingName[]) {
    const setting: Setting = settings[name];
    const flag = overrides[name];
    // An empty variable is how a compose file or a unit passes one that is not set.
    const variable = environment[setting.environment] || undefined;
    if (flag !== undefined) given.set(name, { value: flag, origin: setting.flag });
    else if (variable !== undefined) given.set(name, { value: variable, origin: setting.environment });
  }
  return given;
}

const readFailures: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'a directory',
  EACCES: 'no permission to read it',
};

/** The file's text; `undefined` where it does not exist and nobody (`origin`) asked for it. */
async function readConfigText(file: string, origin: string | undefined): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    if (origin === undefined && code === 'ENOENT') return undefined;
    const got = readFailures[code] ?? code;
    const problem = { path: origin ?? '', line: undefined, expected: `a readable file at ${file}`, got };
    throw new ConfigError('config_unreadable', [problem], { cause });
  }
}

function parseConfig(document: ConfigDocument | undefined, given: ReadonlyMap<SettingName, GivenSetting>): Config {
  const origins = new Map<string, string>();
  let raw: unknown = document?.value ?? {};
  for (const [name, { value, origin }] of given) {
    const { path } = settings[name];
    if (path === undefined) continue;
    raw = withValue(raw, path, value);
    origins.set(formatPath(path), origin);
  }
  const parsed = configSchema.safeParse(raw, { error: expectationOf });
  const unexpanded = document?.problems ?? [];
  const explained = new Set(unexpanded.map(({ path }) => formatPath(path)));
  const violations: ConfigViolation[] = [
    ...unexpanded,
    // What a variable should have said cannot be judged.
    ...[...(parsed.error?.issues.flatMap(violationsOf) ?? []), ...referenceViolations(raw)].filter(
      ({ path }) => !explained.has(formatPath(path)),
    ),
  ];
  if (parsed.success && violations.length === 0) return deepFreeze(parsed.data);
  const problems = violations.map(({ path, expected, got }): ConfigProblem => {
    const origin = origins.get(formatPath(path));
    return {
      path: origin ?? formatPath(path),
      line: origin === undefined ? document?.lineOf(path) : undefined,
      expected,
      got: got ?? describeValue(raw, path),
    };
  });
  throw new ConfigError(
    'config_invalid',
    problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)),
  );
}

function violationsOf(issue: z.core.$ZodIssue): ConfigViolation[] {
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

/** A copy of `root` with `value` at `path`. Where the file has something else than a mapping it is left to the schema. */
function withValue(root: unknown, [step, ...rest]: readonly string[], value: string): unknown {
  if (step === undefined) return value;
  if (typeof root !== 'object' || root === null || Array.isArray(root)) {
    return root === undefined ? { [step]: withValue(undefined, rest, value) } : root;
  }
  const inner = (root as Record<string, unknown>)[step];
  return { ...root, [step]: withValue(rest.length === 0 ? undefined : inner, rest, value) };
}
