import type { Command } from 'commander';
import { type CommandContext, type CommandDefinition, CommandFailure } from './command.js';
import { configFor, storageFor } from './global-options.js';

const examples = `
A run is its id, the beginning of one, its job's id, "last" or "previous".

Examples:
  typhon compare previous last
  typhon compare 2026-11-21_14 a3f1c820 --json

Exit codes: 0 not worse, 1 the runs cannot be compared or read, 2 bad usage or configuration, 3 the second run is worse
`;

export const compare = {
  name: 'compare',
  register(program: Command, context: CommandContext): void {
    program
      .command('compare')
      .description('show two runs side by side, with a verdict for each test')
      .argument('<before>', 'the run to compare with')
      .argument('<after>', 'the run that may be worse')
      .option('--json', 'print the comparison as JSON')
      .addHelpText('after', examples)
      .action((before: string, after: string, flags: { readonly json?: true }, command: Command) =>
        sideBySide({ before, after, json: flags.json === true }, command, context),
      );
  },
} as const satisfies CommandDefinition;

/** How far back a series' noise is looked for: only the tests of the second run count. */
const HISTORY_ROWS = 1000;

async function sideBySide(
  asked: { readonly before: string; readonly after: string; readonly json: boolean },
  command: Command,
  context: CommandContext,
): Promise<void> {
  const { config } = await configFor(command, context);
  const { listRunIds, readRun } = await import('../chronicle/run-folder.js');
  const { readWholeTail } = await import('../chronicle/rotation.js');
  const { compareResults } = await import('../trends/comparison.js');
  const { runIdFor } = await import('./reference/run-reference.js');
  const paths = await storageFor(config, context);
  const runIds = await listRunIds(paths);
  const [before, after] = await Promise.all(
    [asked.before, asked.after].map((reference) => runIdFor(reference, runIds)).map((id) => readRun(id, paths)),
  );
  if (before === undefined || after === undefined) return;
  const history = (await readWholeTail(paths, { rows: HISTORY_ROWS })).rows;
  const comparison = compareResults(before, after, { drop: config.trends.drop, history });
  if (asked.json) {
    context.stdout.write(`${JSON.stringify(comparison, null, 2)}\n`);
  } else {
    const { comparisonText } = await import('./output/comparison-text.js');
    context.stdout.write(`${comparisonText(comparison)}\n`);
  }
  if (comparison.verdict === 'worse') throw new CommandFailure(3, '');
  if (comparison.verdict === 'not_comparable') {
    throw new CommandFailure(
      1,
      `No test of these runs can be compared: ${comparison.tests[0]?.reason ?? 'they have none'}.`,
    );
  }
}
