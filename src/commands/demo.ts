import type { Command } from 'commander';
import type { LoadedConfig } from '../config/load.js';
import type { Logger } from '../logger.js';
import { type CommandContext, type CommandDefinition, CommandFailure } from './command.js';
import { configFor, loggerFor } from './global-options.js';

const REFERENCE_PORT = 8099;

export const demo = {
  name: 'demo',
  register(program: Command, context: CommandContext): void {
    program
      .command('demo')
      .description('benchmark the reference model, served by real llama.cpp on this machine')
      .option('--once', 'stop after the first run')
      .addHelpText('after', '\nExample:\n  typhon demo --once\n')
      .action((_flags: unknown, command: Command) => demonstrate(command, context));
  },
} as const satisfies CommandDefinition;

async function demonstrate(command: Command, context: CommandContext): Promise<void> {
  const signal = context.interruptSignal();
  const loaded = await configFor(command, context);
  const logger = await loggerFor(loaded, context);
  const { startReferenceProcess } = await import('./reference-process.js');
  context.stdout.write('Starting the reference server: a small Llama model with random weights on llama.cpp.\n');
  try {
    const reference = await startReferenceProcess({
      storagePath: loaded.config.storage.path,
      signal,
      preferredPort: REFERENCE_PORT,
      onOutput: (text) => void context.stderr.write(text),
    });
    try {
      await runOnce({ loaded, logger, context, signal, url: reference.url });
    } finally {
      await reference.stop();
    }
  } catch (error) {
    throw signal.aborted && !(error instanceof CommandFailure)
      ? new CommandFailure(130, 'Interrupted.', { cause: error })
      : error;
  }
}

interface DemoRun {
  readonly loaded: LoadedConfig;
  readonly logger: Logger;
  readonly context: CommandContext;
  readonly signal: AbortSignal;
  readonly url: string;
}

async function runOnce({ loaded, logger, context, signal, url }: DemoRun): Promise<void> {
  const { foregroundRun } = await import('./foreground-run.js');
  const { progressOn } = await import('./run-progress.js');
  const { resultTable } = await import('./result-table.js');
  const { config } = loaded;
  context.stdout.write(`It answers at ${url}. Running a quick benchmark.\n`);
  const result = await foregroundRun({
    config: {
      ...config,
      targets: [{ name: 'reference', url, model: 'auto', apiKey: undefined, gpus: 'all', labels: {} }],
    },
    context,
    logger: logger.child({}, { level: 'warn' }),
    progress: progressOn(context.stdout),
    mode: 'quick',
    target: undefined,
    model: undefined,
    signal,
  });
  context.stdout.write(
    `${resultTable(result)}\n\nRecorded as ${result.run_id}; last_run.json, chronicle.jsonl and runs/ are in ${config.storage.path}.\n`,
  );
}
