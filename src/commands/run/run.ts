import { type Command, Option } from 'commander';
import type { BenchmarkResult } from '../../benchmark/result.js';
import type { CommandContext, CommandDefinition } from '../command.js';
import { configFor, loggerFor } from '../global-options.js';

interface RunFlags {
  readonly mode: 'quick' | 'full' | 'zeus';
  readonly target?: string;
  readonly model?: string;
  readonly json?: true;
  readonly textfile?: string;
}

const examples = `
Examples:
  typhon run --mode quick
  typhon run --target http://localhost:8080 --model auto
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
      .option('--model <id>', 'a model that is loaded there (default: the target’s, else the loaded one)')
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
  const { foregroundRun } = await import('./foreground-run.js');
  const { progressOn } = await import('../output/run-progress.js');
  const { result, regressions } = await foregroundRun({
    config: loaded.config,
    context,
    // What happens is shown as progress: of the log only what went wrong is wanted on a terminal.
    logger: logger.child({}, { level: loaded.config.log.level === 'info' ? 'warn' : loaded.config.log.level }),
    progress: progressOn(flags.json === true ? context.stderr : context.stdout),
    mode: flags.mode,
    target: flags.target,
    model: flags.model,
    signal,
  });
  if (flags.textfile !== undefined) {
    const { writeTextfile } = await import('./textfile.js');
    await writeTextfile({ folder: flags.textfile, config: loaded.config, now: context.now, logger });
  }
  const told = regressions.map((sentence) => `${sentence}\n`).join('');
  if (flags.json === true) {
    context.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
    context.stderr.write(told);
    return;
  }
  const { resultTable } = await import('../output/result-table.js');
  context.stdout.write(`${resultTable(result)}\n\n${told}${whereFrom(result)}\n`);
}

function whereFrom({ model, run_id, server }: BenchmarkResult): string {
  const { name, version, api_base: url } = server;
  return `${model} on ${name}${version === null ? '' : ` ${version}`} at ${url}. Recorded as ${run_id}.`;
}
