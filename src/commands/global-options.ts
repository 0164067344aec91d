import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { StoragePaths } from '../chronicle/storage.js';
import type { LoadedConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { type ConfigOverrides, type Setting, type SettingName, settings } from '../config/settings/setting.js';
import type { Logger } from '../logger.js';
import type { CommandContext } from './command.js';

/** Adds the flags that every command takes, with their environment variables and defaults in the help. */
export function addGlobalOptions(program: Command): void {
  for (const { flag, argument, environment, description, default: value } of Object.values<Setting>(settings)) {
    program.addOption(new Option(`${flag} ${argument}`, `${description} (env: ${environment}, default: ${value})`));
  }
}

/** What the command line gave of them, unparsed. */
export function flagsOf(command: Command): ConfigOverrides {
  const options: Record<string, unknown> = command.optsWithGlobals();
  const names = Object.keys(settings) as SettingName[];
  return Object.fromEntries(
    names.map((name) => {
      const value = options[new Option(settings[name].flag).attributeName()];
      return [name, typeof value === 'string' ? value : undefined];
    }),
  );
}

/** The configuration in force for a command's action. Throws a ConfigError, which ends the command with exit code 2. */
export async function configFor(command: Command, context: CommandContext): Promise<LoadedConfig> {
  const { loadConfig } = await import('../config/load.js');
  const { environment, directory } = context;
  return loadConfig({ overrides: flagsOf(command), environment, directory });
}

/** Where results are kept: relative to the working directory. */
export async function storageFor(config: Pick<Config, 'storage'>, context: CommandContext): Promise<StoragePaths> {
  const { storagePaths } = await import('../chronicle/storage.js');
  return storagePaths(resolve(context.directory, config.storage.path));
}

/** The logger as configured, on stderr; where no format is configured, pretty on a terminal and JSON elsewhere. */
export async function loggerFor({ config }: LoadedConfig, { environment, stderr }: CommandContext): Promise<Logger> {
  const { createLogger } = await import('../logger.js');
  const terminal = stderr.isTTY === true;
  const format = config.log.format ?? (terminal ? 'pretty' : 'json');
  // It colours its lines, and has shown what else steers a terminal.
  const write = (text: string) =>
    (format === 'pretty' ? (stderr.steer ?? stderr.write) : stderr.write).call(stderr, text);
  return createLogger({
    level: config.log.level,
    format,
    destination: { write },
    // https://no-color.org
    colour: terminal && !environment['NO_COLOR'],
  });
}
