import { type Command, Option } from 'commander';
import type { BenchmarkResult } from '../../benchmark/result.js';
import { type CommandContext, type CommandDefinition, CommandFailure } from '../command.js';
import { configFor, loggerFor } from '../global-options.js';
import type { FailedRun, RecordedRun } from './foreground-run.js';

interface RunFlags {
  readonly mode: 'quick' | 'full' | 'zeus';
  readonly target?: string;
  readonly model?: readonly string[];
  readonly json?: true;
  readonly textfile?: string;
}

const examples = `
Examples:
  typhon run --mode quick
  typhon run --target http://localhost:8080 --model auto
  typhon run --mode quick --target ollama --model all
  typhon run --mode quick --json > result.json
  typhon run --mode quick --textfile /var/lib/prometheus/node-exporter

Exit codes: 0 done, 1 error, 2 bad usage or configuration, 130 interrupted
`;

export const run = {
  name: 'run',
  register(program: Command, context: CommandContext): void {
    program
      .command('run')
      .description('benchmark one LLM server in the foreground and record the result')
      .addOption(new Option('--mode <mode>', 'how much to measure').choices(['quick', 'full', 'zeus']).default('full'))
      .option('--target <name|url>', 'a configured target, or the URL of a server (default: the first that is found)')
      .addOption(
        new Option(
          '--model <id>',
          'a model of it, with * for any characters, or all; more than once for several (default: the target’s, else the loaded one)',
        ).argParser((id: string, before: readonly string[] = []) => [...before, id]),
      )
      .option('--json', 'print the result alone on stdout, as JSON')
      .option('--textfile <folder>', 'also write typhon.prom there, for node_exporter’s textfile collector')
      .addHelpText('after', examples)
      .action((flags: RunFlags, command: Command) => benchmark(flags, command, context));
  },
} as const satisfies CommandDefinition;

async function benchmark(flags: RunFlags, command: Command, context: CommandContext): Promise<void> {
  const signal = context.interruptSignal();
  const loaded = await configFor(command, context);
  const logger = await loggerFor(loaded, context);
  if (flags.textfile !== undefined) {
    const { checkTextfileFolder } = await import('./textfile.js');
    await checkTextfileFolder(flags.textfile);
  }
  const { foregroundRuns } = await import('./foreground-run.js');
  const { progressOn } = await import('../output/run-progress.js');
  const runs = await foregroundRuns({
    config: loaded.config,
    context,
    // What happens is shown as progress: of the log only what went wrong is wanted on a terminal.
    logger: logger.child({}, { level: loaded.config.log.level === 'info' ? 'warn' : loaded.config.log.level }),
    progress: progressOn(flags.json === true ? context.stderr : context.stdout),
    mode: flags.mode,
    target: flags.target,
    models: flags.model,
    signal,
  });
  if (flags.textfile !== undefined) {
    const { writeTextfile } = await import('./textfile.js');
    await writeTextfile({ folder: flags.textfile, config: loaded.config, now: context.now, logger });
  }
  await show(runs, flags, context);
  const failures = runs.flatMap((each) => ('error' in each ? [each.error] : []));
  const [first, ...others] = failures;
  if (first === undefined) return;
  if (runs.length === 1) throw first;
  const words = [first, ...others].map(({ message }) => message).join('\n');
  throw new CommandFailure(1, `${failures.length} of ${runs.length} models could not be measured:\n${words}`);
}

/** One result, or for several models a list of them. */
async function show(
  runs: readonly (RecordedRun | FailedRun)[],
  { json }: RunFlags,
  { stdout, stderr }: CommandContext,
): Promise<void> {
  const recorded = runs.flatMap((each) => ('result' in each ? [each] : []));
  const told = ({ regressions }: RecordedRun) => regressions.map((sentence) => `${sentence}\n`).join('');
  if (json === true) {
    const results = recorded.map(({ result }) => result);
    if (results.length > 0) stdout.write(`${JSON.stringify(runs.length === 1 ? results[0] : results, null, 2)}\n`);
    for (const each of recorded) stderr.write(told(each));
    return;
  }
  const { resultTable } = await import('../output/result-table.js');
  for (const each of recorded) {
    stdout.write(`${resultTable(each.result)}\n\n${told(each)}${whereFrom(each.result)}\n`);
  }
}

function whereFrom({ model, run_id, server }: BenchmarkResult): string {
  const { name, version, api_base: url } = server;
  return `${model} on ${name}${version === null ? '' : ` ${version}`} at ${url}. Recorded as ${run_id}.`;
}
