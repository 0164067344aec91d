import { resolve } from 'node:path';
import type { Command } from 'commander';
import { settings } from '../config/settings/setting.js';
import type { CommandContext, CommandDefinition } from './command.js';
import { flagsOf } from './global-options.js';

const help = `
A web configuration file that it names in web.config_file, or that ${settings.webConfigFile.flag} names, is validated too.

Example:
  typhon config check config/typhon.yaml
`;

export const configCheck = {
  name: 'config',
  register(program: Command, context: CommandContext): void {
    const config = program.command('config').description('look after configuration files');
    config
      .command('check')
      .description('validate a configuration file and name every problem in it')
      .argument('<file>', 'the YAML file')
      .addHelpText('after', help)
      .action((file: string, _flags: unknown, command: Command) => check(file, command, context));
  },
} as const satisfies CommandDefinition;

async function check(file: string, command: Command, context: CommandContext): Promise<void> {
  const { loadConfigFile } = await import('../config/load.js');
  const config = await loadConfigFile(resolve(context.directory, file), context.environment);
  const webFile = flagsOf(command).webConfigFile ?? config.web.configFile;
  if (webFile !== undefined) {
    const { loadWebConfig } = await import('../config/web-config.js');
    await loadWebConfig(resolve(context.directory, webFile));
  }
  const files = webFile === undefined ? [file] : [file, webFile];
  context.stdout.write(files.map((name) => `${name}: OK\n`).join(''));
}
