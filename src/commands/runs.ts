import { type Command, InvalidArgumentError } from 'commander';
import { type CommandContext, type CommandDefinition, CommandFailure } from './command.js';
import { configFor, storageFor } from './global-options.js';

interface RunsFlags {
  readonly limit: number;
  readonly json?: true;
}

const DEFAULT_LIMIT = 20;
const MOST = 10_000;

const examples = `
Examples:
  typhon runs
  typhon runs --limit 100 --json | jq '.runs[] | [.run_at, .model, .decode_tps]'

Exit codes: 0 done, 1 nothing was measured yet or it cannot be read, 2 bad usage or configuration
`;

export const runs = {
  name: 'runs',
  register(program: Command, context: CommandContext): void {
    program
      .command('runs')
      .description('list the newest runs with their headline figures')
      .option('--limit <n>', 'how many of them', limitOf, DEFAULT_LIMIT)
      .option('--json', 'print them as JSON')
      .addHelpText('after', examples)
      .action((flags: RunsFlags, command: Command) => show(flags, command, context));
  },
} as const satisfies CommandDefinition;

function limitOf(text: string): number {
  const limit = Number(text);
  if (!/^\d+$/.test(text) || limit < 1 || limit > MOST) {
    throw new InvalidArgumentError(`Expected a whole number from 1 to ${MOST}.`);
  }
  return limit;
}

async function show({ limit, json }: RunsFlags, command: Command, context: CommandContext): Promise<void> {
  const { config } = await configFor(command, context);
  const { readRunList } = await import('../judging/run-listing.js');
  const paths = await storageFor(config, context);
  const list = await readRunList(paths, { now: context.now(), limit, prompts: config.benchmark.prompts });
  if (list.runs.length === 0) {
    throw new CommandFailure(
      1,
      `No benchmark has been recorded in ${paths.root} yet. Start one: typhon run --mode quick`,
    );
  }
  if (json === true) {
    context.stdout.write(`${JSON.stringify(list, null, 2)}\n`);
    return;
  }
  const { runsText } = await import('./output/runs-text.js');
  context.stdout.write(`${runsText(list, context.stdout.columns)}\n`);
}
