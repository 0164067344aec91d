import { resolve } from 'node:path';
import process from 'node:process';
import type { Command } from 'commander';
import type { LoadedConfig } from '../../config/load.js';
import type { CommandContext, CommandDefinition } from '../command.js';
import { configFor, loggerFor, storageFor } from '../global-options.js';

interface McpFlags {
  readonly agent?: string;
}

const help = `
Started by an MCP client, which talks to it on standard input and output. Where an agent works in the same storage, the
tools are the agent's, at its web.listen_address; else they work on the storage themselves, and a benchmark runs in this
process. The log is on stderr.

Example:
  typhon mcp --storage.path /var/lib/typhon

In the configuration of a client:
  { "mcpServers": { "typhon": { "command": "typhon", "args": ["mcp", "--storage.path", "/var/lib/typhon"] } } }
`;

export const mcp = {
  name: 'mcp',
  register(program: Command, context: CommandContext): void {
    program
      .command('mcp')
      .description('answer AI agents on standard input and output (Model Context Protocol)')
      .option(
        '--agent <url>',
        'the agent to ask, also on another machine (default: the one of this storage, if it runs)',
      )
      .addHelpText('after', help)
      .action((flags: McpFlags, command: Command) => serve(flags, command, context));
  },
} as const satisfies CommandDefinition;

async function serve(flags: McpFlags, command: Command, context: CommandContext): Promise<void> {
  const signal = context.interruptSignal();
  const loaded = await configFor(command, context);
  const logger = (await loggerFor(loaded, context)).child({}, { level: quieter(loaded) });
  const config = {
    ...loaded.config,
    storage: { path: resolve(context.directory, loaded.config.storage.path) },
  };
  const paths = await storageFor(config, context);
  const { agentAddress } = await import('../agent-address.js');
  const { localServices } = await import('./local-services.js');
  const { serveStdio } = await import('../../mcp/stdio-server.js');
  const local = localServices({ config, paths, context, logger });
  await serveStdio({
    version: context.version,
    logger,
    input: process.stdin,
    output: process.stdout,
    agent: () => agentAddress({ url: flags.agent, config, paths }),
    own: local.open,
    signal,
  });
  await local.close();
}

/** Clients show what is on stderr, many as an error: of the log only what went wrong is wanted. */
function quieter({ config: { log } }: LoadedConfig) {
  return log.level === 'info' ? 'warn' : log.level;
}
