import { hostname } from 'node:os';
import { resolve } from 'node:path';
import process from 'node:process';
import type { Command } from 'commander';
import type { Agent } from '../agent/agent.js';
import type { LoadedConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import type { Logger } from '../logger.js';
import { type CommandContext, type CommandDefinition, CommandFailure } from './command.js';
import { configFor, loggerFor } from './global-options.js';
import { reloadSignal } from './signals.js';

const help = `
Without a command typhon runs the agent.

Signals: SIGHUP reads the configuration again (Windows: POST /-/reload), SIGTERM and Ctrl-C stop; a second Ctrl-C stops at once.

Example:
  typhon agent --web.listen-address 127.0.0.1:8000
`;

export const agent = {
  name: 'agent',
  register(program: Command, context: CommandContext): void {
    program
      .command('agent')
      .description('the long-running agent: schedules, job API, metrics, web page')
      .addHelpText('after', help)
      .action((_flags: unknown, command: Command) => serve(command, context));
  },
} as const satisfies CommandDefinition;

async function serve(command: Command, context: CommandContext): Promise<void> {
  const signal = context.interruptSignal();
  const loaded = await configFor(command, context);
  const logger = await loggerFor(loaded, context);
  const running = await startedAgent({ loaded, reload: () => configFor(command, context), context, logger, signal });
  context.loaded?.();
  await untilAborted(signal);
  await running.close('a signal asked for it');
}

export interface AgentStart {
  readonly loaded: LoadedConfig;
  readonly reload: () => Promise<LoadedConfig>;
  readonly context: CommandContext;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Starts the agent of this process. Throws `CommandFailure` where its port is taken. */
export async function startedAgent({ loaded, reload, context, logger, signal }: AgentStart): Promise<Agent> {
  const { startAgent } = await import('../agent/agent.js');
  endOnUnhandled(logger);
  const sources = new WeakMap<Config, LoadedConfig>();
  const absolute = (read: LoadedConfig): Config => {
    const config = { ...read.config, storage: { path: resolve(context.directory, read.config.storage.path) } };
    sources.set(config, read);
    return config;
  };
  const { web } = loaded.config;
  const hangUps = new HangUps(reloadSignal(context.platform));
  const running = await startAgent({
    config: absolute(loaded),
    loadConfig: async () => absolute(await reload()),
    sources: (config) => sources.get(config),
    environment: { ...context.environment },
    hostName: hostname(),
    version: context.version,
    now: context.now,
    random: Math.random,
    logger,
    program: context.installation.runner,
    judgingProgram: context.installation.judging,
    readPageFile: context.installation.readPageFile,
  }).catch(async (error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    const { portInUseMessage } = await import('./port-in-use.js');
    const taken = { ...web.listenAddress, flag: '--web.listen-address' };
    throw new CommandFailure(1, await portInUseMessage(taken, signal), { cause: error });
  });
  hangUps.handOver(() => void running.reload());
  return running;
}

/** Without a listener the signal would end the process: one that comes while the agent starts waits for it. */
class HangUps {
  #isAsked = false;
  #reload: () => void = () => {
    this.#isAsked = true;
  };

  constructor(signal: NodeJS.Signals | undefined) {
    if (signal !== undefined) process.on(signal, () => this.#reload());
  }

  handOver(reload: () => void): void {
    this.#reload = reload;
    if (this.#isAsked) reload();
  }
}

/** What nobody caught leaves the process in a state that nobody knows: it says so and ends. */
function endOnUnhandled(logger: Logger): void {
  const end = (error: unknown) => {
    logger.fatal({ err: error }, 'unhandled error: typhon ends');
    process.exit(1);
  };
  process.on('uncaughtException', end);
  process.on('unhandledRejection', end);
}

/** Resolves when the signal aborts, at once where it has. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    // The signal's listener alone keeps no process alive; the web server does.
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
