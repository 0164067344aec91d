import { type Command, InvalidArgumentError } from 'commander';
import { parseDuration } from '../config/duration.js';
import type { CommandContext, CommandDefinition } from './command.js';
import { configFor, storageFor } from './global-options.js';

interface CompactFlags {
  /** In milliseconds. */
  readonly olderThan?: number;
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
      .option('--older-than <duration>', 'thin rows of runs older than this, e.g. 365d', durationMs)
      .option('--dry-run', 'say what would go and change nothing')
      .option('--json', 'print the outcome as JSON')
      .addHelpText('after', examples)
      .action((flags: CompactFlags, command: Command) => compact(flags, command, context));
  },
} as const satisfies CommandDefinition;

function durationMs(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError('Expected a duration such as 90d.');
  return ms;
}

async function compact(
  { olderThan: ageMs, dryRun, json }: CompactFlags,
  command: Command,
  context: CommandContext,
): Promise<void> {
  const { config } = await configFor(command, context);
  const { compactChronicle } = await import('../chronicle/compaction.js');
  const outcome = await compactChronicle(await storageFor(config, context), {
    dryRun: dryRun === true,
    thinBefore: ageMs === undefined ? undefined : new Date(context.now().getTime() - ageMs),
  });
  if (json === true) {
    context.stdout.write(`${JSON.stringify(outcome, null, 2)}\n`);
    return;
  }
  const { rowsBefore, rowsAfter, duplicates, thinned, unreadable, bytesBefore, bytesAfter } = outcome;
  const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  const verb = dryRun === true ? 'would become' : 'became';
  context.stdout.write(
    `${rowsBefore} rows (${mib(bytesBefore)}) ${verb} ${rowsAfter} (${mib(bytesAfter)}): ` +
      `${duplicates} written twice, ${thinned} thinned, ${unreadable} unreadable lines.\n`,
  );
}
