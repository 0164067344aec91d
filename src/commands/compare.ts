import type { Command } from 'commander';
import { type CommandContext, type CommandDefinition, CommandFailure } from './command.js';
import { configFor, storageFor } from './global-options.js';

const examples = `
What is compared is a run (its id, the beginning of one, its job's id, "last", "latest" or "previous"), the newest run of a
MODEL or of MODEL@TARGET, or the path of a result.json of any machine or of what its "typhon export --share" printed
(FILE, or FILE#MODEL of several models), whose means have ratios alone. Of one model and workload each test has a
verdict; of others the figures stand side by side with their ratio.

Examples:
  typhon compare previous last
  typhon compare 2026-11-21_14 a3f1c820 --json
  typhon compare llama3.1:8b qwen3:8b@ollama
  typhon compare latest ../other-machine/result.json
  typhon compare latest their-machine.json

Exit codes: 0 not worse, or without a verdict, 1 there is nothing to compare or it cannot be read, 2 bad usage or
configuration, 3 the second run is worse
`;

export const compare = {
  name: 'compare',
  register(program: Command, context: CommandContext): void {
    program
      .command('compare')
      .description('show two runs or models side by side, with a verdict for each test where they are of one model')
      .argument('<before>', 'what to compare with')
      .argument('<after>', 'what may be worse')
      .option('--json', 'print the comparison as JSON')
      .addHelpText('after', examples)
      .action((before: string, after: string, flags: { readonly json?: true }, command: Command) =>
        sideBySide({ before, after, json: flags.json === true }, command, context),
      );
  },
} as const satisfies CommandDefinition;

async function sideBySide(
  asked: { readonly before: string; readonly after: string; readonly json: boolean },
  command: Command,
  context: CommandContext,
): Promise<void> {
  const { config } = await configFor(command, context);
  const { compareNamed } = await import('../judging/named-comparison.js');
  const paths = await storageFor(config, context);
  const place = { paths, directory: context.directory };
  const comparison = await compareNamed(asked, {
    drop: config.trends.drop,
    now: context.now(),
    prompts: config.benchmark.prompts,
    ...place,
  });
  if (asked.json) {
    context.stdout.write(`${JSON.stringify(comparison, null, 2)}\n`);
  } else {
    const { comparisonText } = await import('./output/comparison-text.js');
    context.stdout.write(`${comparisonText(comparison, context.stdout.columns)}\n`);
  }
  if (comparison.verdict === 'worse') throw new CommandFailure(3, '');
  const isSideBySide = comparison.tests.some(({ figures }) => figures.length > 0);
  if (comparison.verdict === 'not_comparable' && !isSideBySide) {
    throw new CommandFailure(
      1,
      `No test of these runs can be compared: ${comparison.reason ?? comparison.tests[0]?.reason ?? 'they have none'}.`,
    );
  }
}
