import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import type { CommandContext, CommandDefinition } from './command.js';
import { configFor } from './global-options.js';

interface CompactFlags {
  readonly olderThan?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

const examples = `
Rows written twice and torn lines go. With --older-than, of older runs one row a test and day stays: that with the
median decode speed. Nothing else ever thins the chronicle.

Examples:
  typhon chronicle compact --older-than 365d --dry-run
  typhon chronicle compact
`;

export const chronicle = {
  name: 'chronicle',
  register(program: Command, context: CommandContext): void {
    const group = program
      .command('chronicle')
      .description('look after the record of all results')
      .addHelpText('after', examples);
    group
      .command('compact')
      .description('make the record smaller')
      .option('--older-than <duration>', 'thin rows of runs older than this, e.g. 365d', durationText)
      .option('--dry-run', 'say what would go and change nothing')
      .option('--json', 'print the outcome as JSON')
      .addHelpText('after', examples)
      .action((flags: CompactFlags, command: Command) => compact(flags, command, context));
  },
} as const satisfies CommandDefinition;

function durationText(value: string): string {
  if (/^\d{1,9}(?:ms|s|m|h|d)$/.test(value)) return value;
  throw new InvalidArgumentError('Expected a duration such as 90d.');
}

async function compact(flags: CompactFlags, command: Command, context: CommandContext): Promise<void> {
  const { config } = await configFor(command, context);
  const { parseDuration } = await import('../config/duration.js');
  const { storagePaths } = await import('../chronicle/storage.js');
  const { compactChronicle } = await import('../chronicle/compaction.js');
  const ageMs = flags.olderThan === undefined ? undefined : parseDuration(flags.olderThan);
  const outcome = await compactChronicle(storagePaths(resolve(context.directory, config.storage.path)), {
    dryRun: flags.dryRun === true,
    thinBefore: ageMs === undefined ? undefined : new Date(context.now().getTime() - ageMs),
  });
  if (flags.json === true) {
    context.stdout.write(`${JSON.stringify(outcome, null, 2)}\n`);
    return;
  }
  const { rowsBefore, rowsAfter, duplicates, thinned, unreadable, bytesBefore, bytesAfter } = outcome;
  const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  const verb = flags.dryRun === true ? 'would become' : 'became';
  context.stdout.write(
    `${rowsBefore} rows (${mib(bytesBefore)}) ${verb} ${rowsAfter} (${mib(bytesAfter)}): ` +
      `${duplicates} written twice, ${thinned} thinned, ${unreadable} unreadable lines.\n`,
  );
}
