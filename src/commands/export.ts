import { type Command, Option } from 'commander';
import type { CommandContext, CommandDefinition, Output } from './command.js';
import { configFor, storageFor } from './global-options.js';

interface ExportFlags {
  readonly format: 'jsonl' | 'csv';
}

const examples = `
Nothing in it tells who or where: no host names, users, paths or addresses; the machine and the target are hashes.

Examples:
  typhon export > results.jsonl
  typhon export --format csv > results.csv
`;

export const exportRows = {
  name: 'export',
  register(program: Command, context: CommandContext): void {
    program
      .command('export')
      .description('print every result so that it can be given away')
      .addOption(new Option('--format <format>', 'how to print').choices(['jsonl', 'csv']).default('jsonl'))
      .addHelpText('after', examples)
      .action((flags: ExportFlags, command: Command) => print(flags, command, context));
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

/** Waits where the reader is slower: years of results must not pile up in memory. */
async function written(output: Output, text: string): Promise<void> {
  const hasRoom = output.write(text);
  if (hasRoom === false) await output.drained?.();
}
