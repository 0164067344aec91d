import type { Command } from 'commander';
import type { Agent } from '../agent/agent.js';
import type { LoadedConfig } from '../config/load.js';
import type { Logger } from '../logger.js';
import { type CommandContext, type CommandDefinition, CommandFailure } from './command.js';
import { configFor, loggerFor } from './global-options.js';

const REFERENCE_PORT = 8099;
const SCHEDULE = 'demo';

interface DemoFlags {
  readonly once?: true;
}

export const demo = {
  name: 'demo',
  register(program: Command, context: CommandContext): void {
    program
      .command('demo')
      .description('benchmark the reference model, served by real llama.cpp on this machine')
      .option('--once', 'stop after the first run')
      .addHelpText('after', '\nExample:\n  typhon demo --once\n')
      .action((flags: DemoFlags, command: Command) => demonstrate(flags, command, context));
  },
} as const satisfies CommandDefinition;

async function demonstrate(flags: DemoFlags, command: Command, context: CommandContext): Promise<void> {
  const signal = context.interruptSignal();
  const loaded = await configFor(command, context);
  const logger = await loggerFor(loaded, context);
  const { startReferenceProcess } = await import('./reference/reference-process.js');
  context.stdout.write('Starting the reference server: a small Llama model with random weights on llama.cpp.\n');
  try {
    const reference = await startReferenceProcess({
      installation: context.installation,
      storagePath: loaded.config.storage.path,
      signal,
      preferredPort: REFERENCE_PORT,
      onOutput: (text) => void context.stderr.write(text),
    });
    try {
      const run = { loaded: measuring(loaded, reference.url), logger, context, signal };
      await (flags.once === true ? runOnce(run) : runAgent(run));
    } finally {
      await reference.stop();
    }
  } catch (error) {
    throw signal.aborted && !(error instanceof CommandFailure)
      ? new CommandFailure(130, 'Interrupted.', { cause: error })
      : error;
  }
}

/** The configuration in force, but with the reference server as its one target and a run every five minutes. */
function measuring({ config, file }: LoadedConfig, url: string): LoadedConfig {
  const target = { name: 'reference', url, model: 'auto', apiKey: undefined, gpus: 'all' as const, labels: {} };
  const schedule = {
    name: SCHEDULE,
    cron: '*/5 * * * *',
    timezone: 'UTC',
    mode: 'quick' as const,
    targets: 'all' as const,
    jitterMs: 0,
    whenBusy: 'skip' as const,
  };
  return { file, config: { ...config, targets: [target], schedules: [schedule], schedulesFrom: 'configuration' } };
}

/** The agent on the reference server, with a first run at once. */
async function runAgent({ loaded, logger, context, signal }: DemoRun): Promise<void> {
  const { startedAgent, untilAborted } = await import('./agent.js');
  const agent = await startedAgent({ loaded, reload: async () => loaded, context, logger, signal });
  const jobId = await agent.submit({ mode: 'quick', trigger: `schedule:${SCHEDULE}`, target: 'reference' });
  const urls = ['/', `/jobs/${jobId}`, `/jobs/${jobId}/logs?follow=true`, '/metrics', '/docs'].map(
    (path) => `  ${agent.url}${path}`,
  );
  context.stdout.write(
    `A first quick run has begun; one follows every five minutes until Ctrl-C. Look at\n${urls.join('\n')}\n`,
  );
  void reportOutcome(agent, jobId, { context, signal, logger });
  await untilAborted(signal);
  await agent.close('the demo was stopped');
}

/** One plain line, on a terminal as in a file. */
async function reportOutcome(
  { url, outcomeOf }: Agent,
  jobId: string,
  { context, signal, logger }: Omit<DemoRun, 'loaded'>,
): Promise<void> {
  const { runLine } = await import('./output/run-line.js');
  try {
    const outcome = await outcomeOf(jobId);
    if (signal.aborted) return;
    context.stdout.write(`The first run: ${runLine(outcome)}. The page: ${url}/, for Prometheus: ${url}/metrics\n`);
  } catch (error) {
    logger.warn({ err: error, job_id: jobId }, 'the figures of the first run cannot be read');
  }
}

interface DemoRun {
  readonly loaded: LoadedConfig;
  readonly logger: Logger;
  readonly context: CommandContext;
  readonly signal: AbortSignal;
}

async function runOnce({ loaded: { config }, logger, context, signal }: DemoRun): Promise<void> {
  const { foregroundRun } = await import('./run/foreground-run.js');
  const { progressOn } = await import('./output/run-progress.js');
  const { resultTable } = await import('./output/result-table.js');
  context.stdout.write('Running a quick benchmark.\n');
  const { result } = await foregroundRun({
    config,
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
