import { type Command, Option } from 'commander';
import type { Logger } from '../logger.js';
import { type CommandContext, type CommandDefinition, CommandFailure } from './command.js';
import { configFor, loggerFor, storageFor } from './global-options.js';

interface ReportFlags {
  readonly json?: true;
  readonly markdown?: true;
}

const examples = `
Examples:
  typhon report
  typhon report --markdown > report.md
  typhon report --json | jq .suggested_ctx_size

Exit codes: 0 done, 1 nothing was measured yet or it cannot be read, 2 bad usage or configuration
`;

export const report = {
  name: 'report',
  register(program: Command, context: CommandContext): void {
    program
      .command('report')
      .description(
        'tell whether the machine is well, and show what the last run found, the context it suggests and what became worse',
      )
      .option('--json', 'print it as JSON')
      .addOption(new Option('--markdown', 'print it as Markdown').conflicts('json'))
      .addHelpText('after', examples)
      .action((flags: ReportFlags, command: Command) => show(flags, command, context));
  },
} as const satisfies CommandDefinition;

async function show(flags: ReportFlags, command: Command, context: CommandContext): Promise<void> {
  const loaded = await configFor(command, context);
  const { config } = loaded;
  const { readMachineReport } = await import('../judging/report-reading.js');
  const { readTrends, trendSettings } = await import('../judging/trend-records.js');
  const { now } = context;
  const paths = await storageFor(config, context);
  const settings = trendSettings(config);
  // Once, for report and verdict: judging a year's drift takes longer than all else.
  const trends = await readTrends(paths, { settings, now: now() });
  const recorded = await readMachineReport(paths, { now: now(), settings, price: config.energy, trends });
  if (recorded === undefined) {
    throw new CommandFailure(
      1,
      `No benchmark has been recorded in ${paths.root} yet. Start one: typhon run --mode quick`,
    );
  }
  const { recordedVerdict } = await import('../agent/verdicts.js');
  const warnings: Parameters<Logger['warn']>[] = [];
  const logger = { warn: (...words: Parameters<Logger['warn']>) => void warnings.push(words) };
  const found = { ...recorded, verdict: await recordedVerdict(paths, { config, settings, now, logger, trends }) };
  // Loaded for those alone who have one to read.
  if (warnings.length > 0) {
    const log = await loggerFor(loaded, context);
    for (const words of warnings) log.warn(...words);
  }
  if (flags.json === true) {
    context.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
  } else if (flags.markdown === true) {
    const { reportMarkdown } = await import('../trends/report/report-markdown.js');
    context.stdout.write(`${reportMarkdown(found)}\n`);
  } else {
    const { reportText } = await import('./output/report-text.js');
    context.stdout.write(`${reportText(found)}\n`);
  }
}
