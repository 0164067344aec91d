import { type Command, Option } from 'commander';
import { type CommandContext, type CommandDefinition, CommandFailure, type Output } from './command.js';
import { configFor, storageFor } from './global-options.js';

interface ExportFlags {
  readonly format: 'jsonl' | 'csv';
  readonly share?: true;
}

const examples = `
Nothing in it tells who or where: no host names, users, paths or addresses; the machine and the target are hashes.

With --share one JSON file of the newest figures of each model, with the hardware and the workload, which typhon compare
and the page's Compare view read. Nothing is sent anywhere: whom it is given to is up to you.

Examples:
  typhon export > results.jsonl
  typhon export --format csv > results.csv
  typhon export --share > my-machine.json
`;

export const exportRows = {
  name: 'export',
  register(program: Command, context: CommandContext): void {
    program
      .command('export')
      .description('print every result so that it can be given away')
      .addOption(new Option('--format <format>', 'how to print').choices(['jsonl', 'csv']).default('jsonl'))
      .addOption(
        new Option('--share', 'print the newest figures as one file for others to compare with').conflicts('format'),
      )
      .addHelpText('after', examples)
      .action((flags: ExportFlags, command: Command) => (flags.share ? share : print)(flags, command, context));
  },
} as const satisfies CommandDefinition;

const BUFFERED_CHARACTERS = 64 * 1024;

async function print({ format }: ExportFlags, command: Command, context: CommandContext): Promise<void> {
  const { config } = await configFor(command, context);
  const { readWholeChronicle } = await import('../chronicle/rotation.js');
  const { anonymousRow, exportedColumns } = await import('../chronicle/anonymous-row.js');
  const { csvLine } = await import('../shared/text/csv.js');
  const paths = await storageFor(config, context);
  const reading = readWholeChronicle(paths);
  let waiting = format === 'csv' ? csvLine(exportedColumns) : '';
  for await (const row of reading) {
    const shown = anonymousRow(row);
    waiting +=
      format === 'csv' ? csvLine(exportedColumns.map((column) => shown[column])) : `${JSON.stringify(shown)}\n`;
    if (waiting.length < BUFFERED_CHARACTERS) continue;
    await written(context.stdout, waiting);
    waiting = '';
  }
  await written(context.stdout, waiting);
  const { rows, skipped } = reading.report();
  if (rows === 0) context.stderr.write(`No result has been recorded in ${paths.root} yet.\n`);
  if (skipped > 0) context.stderr.write(`${skipped} lines of the chronicle that are no rows were passed over.\n`);
}

async function share(_flags: ExportFlags, command: Command, context: CommandContext): Promise<void> {
  const { config } = await configFor(command, context);
  const { readWholeChronicle } = await import('../chronicle/rotation.js');
  const { SharedExport } = await import('../judging/sharing/shared-export.js');
  const paths = await storageFor(config, context);
  const shared = new SharedExport(context.owner());
  for await (const row of readWholeChronicle(paths)) shared.add(row);
  const figures = shared.figures();
  if (figures === undefined) {
    throw new CommandFailure(1, `No result has been recorded in ${paths.root} yet: typhon run makes one.`);
  }
  await written(context.stdout, `${JSON.stringify(figures, null, 2)}\n`);
}

/** Waits where the reader is slower: years of results must not pile up in memory. */
async function written(output: Output, text: string): Promise<void> {
  const hasRoom = output.write(text);
  if (hasRoom === false) await output.drained?.();
}
