import { type Command, Option } from 'commander';
import type { ModelOrder } from '../trends/measured/model-list.js';
import { type CommandContext, type CommandDefinition, CommandFailure } from './command.js';
import { configFor, storageFor } from './global-options.js';

interface ModelsFlags {
  readonly sort: ModelOrder;
  readonly json?: true;
  readonly markdown?: true;
  readonly csv?: true;
}

const orders = ['decode', 'prefill', 'ttft', 'vram', 'energy', 'load'] as const satisfies readonly ModelOrder[];

const examples = `
Every model that was ever measured here, with its newest figures: decode speed of one stream at the short prompt and at
each context, prefill speed at the smallest context, time to first token, peak VRAM, energy per token, how it is
stored, when it was measured, and whether it got worse.

Examples:
  typhon models
  typhon models --sort ttft
  typhon models --csv > models.csv

Exit codes: 0 done, 1 nothing was measured yet or it cannot be read, 2 bad usage or configuration
`;

export const models = {
  name: 'models',
  register(program: Command, context: CommandContext): void {
    program
      .command('models')
      .description('rank every model that was measured here, with its newest figures')
      .addOption(new Option('--sort <figure>', 'what to rank by, the best first').choices(orders).default('decode'))
      .option('--json', 'print it as JSON')
      .addOption(new Option('--markdown', 'print it as Markdown').conflicts('json'))
      .addOption(new Option('--csv', 'print bare figures as CSV').conflicts(['json', 'markdown']))
      .addHelpText('after', examples)
      .action((flags: ModelsFlags, command: Command) => show(flags, command, context));
  },
} as const satisfies CommandDefinition;

async function show(flags: ModelsFlags, command: Command, context: CommandContext): Promise<void> {
  const { config } = await configFor(command, context);
  const { readModelList } = await import('../judging/model-listing.js');
  const { trendSettings } = await import('../judging/trend-records.js');
  const paths = await storageFor(config, context);
  const list = await readModelList(paths, {
    now: context.now(),
    sort: flags.sort,
    prompts: config.benchmark.prompts,
    settings: trendSettings(config),
    price: config.energy,
  });
  if (list.models.length === 0) {
    throw new CommandFailure(
      1,
      `No benchmark has been recorded in ${paths.root} yet. Start one: typhon run --mode quick`,
    );
  }
  if (flags.json === true) {
    context.stdout.write(`${JSON.stringify(list, null, 2)}\n`);
  } else if (flags.csv === true) {
    const { modelsCsv } = await import('./output/models-csv.js');
    context.stdout.write(modelsCsv(list));
  } else if (flags.markdown === true) {
    const { modelsMarkdown } = await import('../trends/measured/models-markdown.js');
    context.stdout.write(`${modelsMarkdown(list)}\n`);
  } else {
    const { modelsText } = await import('./output/models-text.js');
    context.stdout.write(`${modelsText(list, context.stdout.columns)}\n`);
  }
}
