import { resolve } from 'node:path';
import type { ConfigProblem } from './config-error.js';
import { readConfigText, readConfigTextIfThere } from './config-text.js';
import type { ConfigViolation } from './config-violation.js';
import { invalidConfig, violationsOf } from './config-violation.js';
import { defaults } from './defaults.js';
import type { ConfigDocument } from './document.js';
import { describeValue, expectationOf } from './expectation.js';
import { deepFreeze } from './freeze.js';
import { formatPath } from './path.js';
import { referenceViolations } from './references.js';
import { type Config, configSchema } from './schema.js';
import { type ConfigOverrides, type Setting, type SettingName, settings } from './settings/setting.js';
import { type GivenSource, type SourceOf, sourcesOf } from './settings/setting-source.js';

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
  /** Where each of its values comes from, by its path in the file. */
  readonly sourceOf: SourceOf;
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
  const text = named === undefined ? await readConfigTextIfThere(file) : await readConfigText(file, named.origin);
  const document = text === undefined ? undefined : await documentOf(text, environment);
  return {
    config: parseConfig(document, given),
    file: text === undefined ? undefined : file,
    sourceOf: sourcesOf({ given: sourcesIn(given), document, file }),
  };
}

/** Checks one file alone, without flags and without the environment's twins of them. Throws as {@link loadConfig}. */
export async function loadConfigFile(file: string, environment: Environment): Promise<Config> {
  return parseConfig(await documentOf(await readConfigText(file, ''), environment), new Map());
}

/** The parser is a fifth of what a short command loads, and most machines have no file. */
async function documentOf(text: string, environment: Environment): Promise<ConfigDocument> {
  const { parseConfigDocument } = await import('./document.js');
  return parseConfigDocument(text, environment);
}

function sourcesIn(given: ReadonlyMap<SettingName, GivenSetting>): GivenSource[] {
  return [...given].flatMap(([name, { origin }]) => {
    const { path, flag } = settings[name];
    return path === undefined ? [] : [{ path, kind: origin === flag ? 'flag' : 'environment', origin }];
  });
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

function parseConfig(document: ConfigDocument | undefined, given: ReadonlyMap<SettingName, GivenSetting>): Config {
  const origins = new Map<string, string>();
  let raw: unknown = document?.value ?? {};
  for (const [name, { value, origin }] of given) {
    const { path } = settings[name];
    if (path === undefined) continue;
    raw = withValue(raw, path, value);
    origins.set(formatPath(path), origin);
  }
  const parsed = configSchema.safeParse(raw, { error: expectationOf, jitless: true });
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
  throw invalidConfig(problems);
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
