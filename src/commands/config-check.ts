import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { CommandContext, CommandDefinition } from './command.js';

export const configCheck = {
  name: 'config',
  register(program: Command, context: CommandContext): void {
    const config = program.command('config').description('look after configuration files');
    config
      .command('check')
      .description('validate a configuration file and name every problem in it')
      .argument('<file>', 'the YAML file')
      .addHelpText('after', '\nExample:\n  typhon config check config/typhon.yaml\n')
      .action(async (file: string) => {
        const { loadConfigFile } = await import('../config/load.js');
        await loadConfigFile(resolve(context.directory, file), context.environment);
        context.stdout.write(`${file}: OK\n`);
      });
  },
} as const satisfies CommandDefinition;
