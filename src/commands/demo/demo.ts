import { existsSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import type { Command } from 'commander';
import type { Agent } from '../../agent/agent.js';
import type { BenchmarkResult } from '../../benchmark/result.js';
import type { LoadedConfig } from '../../config/load.js';
import type { Logger } from '../../logger.js';
import { type CommandContext, type CommandDefinition, CommandFailure } from '../command.js';
import { configFor, flagsOf, loggerFor } from '../global-options.js';

const REFERENCE_PORT = 8099;
const SCHEDULE = 'demo';

interface DemoFlags {
  readonly once?: true;
  readonly withHistory?: true;
}

export const demo = {
  name: 'demo',
  register(program: Command, context: CommandContext): void {
    program
      .command('demo')
      .description('benchmark the reference model, served by real llama.cpp on this machine')
      .option('--once', 'stop after the first run')
      .option('--with-history', 'make up four weeks of runs before the first one, so that there is something to tell')
      .addHelpText('after', '\nExamples:\n  typhon demo --once\n  typhon demo --with-history\n')
      .action((flags: DemoFlags, command: Command) => demonstrate(flags, command, context));
  },
} as const satisfies CommandDefinition;

async function demonstrate(flags: DemoFlags, command: Command, context: CommandContext): Promise<void> {
  const signal = context.interruptSignal();
  const loaded = apart(await configFor(command, context), command, flags);
  const logger = await loggerFor(loaded, context);
  const { startReferenceProcess } = await import('../reference/reference-process.js');
  const { storage } = loaded.config;
  context.stdout.write(`The demo keeps its results in ${storage.path}, apart from those of your own servers.\n`);
  const { storagePaths } = await import('../../chronicle/storage.js');
  const makesUp = flags.withHistory === true && !existsSync(storagePaths(storage.path).chronicle);
  const step = stepsOf(makesUp && flags.once !== true ? 4 : 3, context);
  const ready = step('Starting the reference server: a small Llama model with random weights on llama.cpp.');
  try {
    const reference = await startReferenceProcess({
      installation: context.installation,
      storagePath: loaded.config.storage.path,
      signal,
      preferredPort: REFERENCE_PORT,
      onOutput: (text) => void context.stderr.write(text),
    });
    try {
      ready();
      const run = { loaded: measuring(loaded, reference.url), logger, context, signal, step };
      const first = makesUp || flags.once === true ? await firstRun(run, makesUp) : undefined;
      if (flags.once !== true) await runAgent(run);
      else if (first !== undefined) await showResult(run, first);
    } finally {
      await reference.stop();
    }
  } catch (error) {
    throw signal.aborted && !(error instanceof CommandFailure)
      ? new CommandFailure(130, 'Interrupted.', { cause: error })
      : error;
  }
}

/** The numbers of the reference model are not to stand among those of real ones, unless it was asked for by the flag. */
function apart(loaded: LoadedConfig, command: Command, { withHistory }: DemoFlags): LoadedConfig {
  const { config } = loaded;
  if (flagsOf(command).storagePath !== undefined) return loaded;
  const folder = withHistory === true ? 'demo-with-history' : 'demo';
  return { ...loaded, config: { ...config, storage: { path: join(config.storage.path, folder) } } };
}

/** Says what begins; what it answers says how long it took. */
type Step = (words: string) => (end?: string) => void;

function stepsOf(steps: number, { stdout, now }: CommandContext): Step {
  let number = 0;
  return (words) => {
    number += 1;
    stdout.write(`${number}/${steps} ${words}\n`);
    const begun = now().getTime();
    return (end = 'ready') =>
      void stdout.write(`    ${end} after ${((now().getTime() - begun) / 1000).toFixed(1)} s\n`);
  };
}

/** What a new user does next, in the words that start this very typhon. */
function whatNext({ installation, directory }: CommandContext): string {
  const [main] = installation.typhon;
  const path = main === undefined ? '..' : relative(directory, main);
  // One that lies elsewhere was installed.
  const program = path.startsWith('..') || isAbsolute(path) ? 'typhon' : `node ${path}`;
  return [
    'Next, with your own server (Ollama, llama.cpp, vLLM, LM Studio, …) running:',
    `  ${program} scan --write-config typhon.yaml   # finds it and writes a configuration that measures it`,
    `  ${program} run --mode quick                  # one benchmark now`,
    `  ${program} --config.file typhon.yaml         # the agent: measures it every six hours`,
    '',
  ].join('\n');
}

/** The configuration in force, but with the reference server as its one target and a run every five minutes. */
function measuring(loaded: LoadedConfig, url: string): LoadedConfig {
  const target = {
    name: 'reference',
    url,
    models: 'auto' as const,
    load: 'never' as const,
    apiKey: undefined,
    gpus: 'all' as const,
    labels: {},
  };
  const schedule = {
    name: SCHEDULE,
    cron: '*/5 * * * *',
    timezone: 'UTC',
    mode: 'quick' as const,
    targets: 'all' as const,
    jitterMs: 0,
    whenBusy: 'skip' as const,
  };
  return {
    ...loaded,
    config: { ...loaded.config, targets: [target], schedules: [schedule], schedulesFrom: 'configuration' },
  };
}

/** The agent on the reference server, with a first run at once. */
async function runAgent({ loaded, logger, context, signal, step }: DemoRun): Promise<void> {
  const { startedAgent, untilAborted } = await import('../agent.js');
  const ready = step('Starting the agent: schedules, job API, /metrics and the page.');
  const agent = await startedAgent({ loaded, reload: async () => loaded, context, logger, signal });
  ready();
  const jobId = await agent.submit({ mode: 'quick', trigger: `schedule:${SCHEDULE}`, target: 'reference' });
  const urls = ['/', `/jobs/${jobId}`, `/jobs/${jobId}/logs?follow=true`, '/metrics', '/docs'].map(
    (path) => `  ${agent.url}${path}`,
  );
  const first = 'A first quick run, which takes a minute or two; one follows every five minutes until Ctrl-C.';
  step(`${first} Look at\n${urls.join('\n')}`);
  void reportOutcome(agent, jobId, { context, signal, logger });
  await untilAborted(signal);
  await agent.close('the demo was stopped');
}

/** One plain line, on a terminal as in a file. */
async function reportOutcome(
  { url, outcomeOf }: Agent,
  jobId: string,
  { context, signal, logger }: Omit<DemoRun, 'loaded' | 'step'>,
): Promise<void> {
  const { runLine } = await import('../output/run-line.js');
  try {
    const outcome = await outcomeOf(jobId);
    if (signal.aborted) return;
    context.stdout.write(
      `The first run: ${runLine(outcome)}. The page: ${url}/, for Prometheus: ${url}/metrics\n\n${whatNext(context)}`,
    );
  } catch (error) {
    logger.warn({ err: error, job_id: jobId }, 'the figures of the first run cannot be read');
  }
}

interface DemoRun {
  readonly loaded: LoadedConfig;
  readonly logger: Logger;
  readonly context: CommandContext;
  readonly signal: AbortSignal;
  readonly step: Step;
}

/** In the foreground. `makesUp` puts runs before it that nobody made. */
async function firstRun(
  { loaded: { config }, context, logger, signal, step }: DemoRun,
  makesUp: boolean,
): Promise<BenchmarkResult> {
  const { measuredOnce } = await import('./measured-once.js');
  const ready = step('A quick benchmark, which takes a minute or two.');
  const result = await measuredOnce({ config, context, logger, signal, makesUp });
  ready('done');
  if (makesUp) {
    context.stdout.write(
      '    Before it stand four weeks of runs that are made up: until four days ago decoding was a fifth faster, with\n    another version of the server.\n',
    );
  }
  return result;
}

async function showResult({ loaded: { config }, context, step }: DemoRun, result: BenchmarkResult): Promise<void> {
  const { resultTable } = await import('../output/result-table.js');
  step('The result.');
  context.stdout.write(
    `${resultTable(result)}\n\nRecorded as ${result.run_id}; last_run.json, chronicle.jsonl and runs/ are in ${config.storage.path}.\n\n${whatNext(context)}`,
  );
}
