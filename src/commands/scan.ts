import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Survey } from '../servers/survey.js';
import { type CommandContext, type CommandDefinition, CommandFailure } from './command.js';
import { configFor, storageFor } from './global-options.js';

interface ScanFlags {
  readonly json?: true;
  readonly writeConfig?: string;
  readonly force?: true;
}

const examples = `
Examples:
  typhon scan
  typhon scan --json | jq .servers
  typhon scan --write-config typhon.yaml
`;

export const scan = {
  name: 'scan',
  register(program: Command, context: CommandContext): void {
    program
      .command('scan')
      .description('show the hardware and the LLM servers, and write them to hardware_profile.json')
      .option('--json', 'print what is written, as JSON')
      .option('--write-config <file>', 'write a configuration that measures the servers found, with a schedule')
      .option('--force', 'with --write-config: replace a file that is there')
      .addHelpText('after', examples)
      .action((flags: ScanFlags, command: Command) => look(flags, command, context));
  },
} as const satisfies CommandDefinition;

async function look(flags: ScanFlags, command: Command, context: CommandContext): Promise<void> {
  const { config } = await configFor(command, context);
  const { monotonicMs } = await import('../benchmark/clock.js');
  const { writeJson } = await import('../chronicle/atomic-file.js');
  const { checkStorage } = await import('../chronicle/storage.js');
  const { systemClock } = await import('../shared/clock.js');
  const { openLocalSight } = await import('../runner/local-sight.js');
  const { scanMachine } = await import('../runner/machine-scan.js');
  const signal = context.interruptSignal();
  const paths = await storageFor(config, context);
  await checkStorage(paths);
  const { now, platform, root, environment } = context;
  const machine = {
    platform,
    root,
    env: { ...environment },
    clock: systemClock(monotonicMs),
    note: (message: string) => void context.stderr.write(`${message}\n`),
  };
  const { targets } = config;
  const { scan: document, survey } = await scanMachine({
    targets,
    machineIdFile: paths.machineId,
    machine,
    sight: openLocalSight(config.gpu, machine, now),
    now,
    signal,
  }).catch((error: unknown) => {
    throw signal.aborted ? new CommandFailure(130, 'Interrupted.', { cause: error }) : error;
  });
  await writeJson(paths.hardwareProfile, document);
  if (flags.json === true) context.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  else {
    const { scanReport } = await import('./output/scan-report.js');
    context.stdout.write(`${scanReport(document, survey)}\n\nWritten to ${paths.hardwareProfile}\n`);
  }
  if (flags.writeConfig !== undefined) await writeConfig(survey, flags.writeConfig, flags, context);
  else if (flags.json !== true && survey.servers.some(({ state }) => state === 'found'))
    context.stdout.write('A configuration that measures what was found: typhon scan --write-config typhon.yaml\n');
}

/** Says so on stderr, where the results are JSON. */
async function writeConfig(
  survey: Survey,
  name: string,
  { json, force }: ScanFlags,
  { directory, stdout, stderr }: CommandContext,
): Promise<void> {
  const { scanConfig } = await import('./output/scan-config.js');
  const text = scanConfig(survey);
  if (text === undefined) throw new CommandFailure(1, `No LLM server was found: ${name} was not written.`);
  const file = resolve(directory, name);
  try {
    await writeFile(file, text, { flag: force === true ? 'w' : 'wx' });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST')
      throw new CommandFailure(1, `${file} is there already and was left as it is: --force replaces it.`, { cause });
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CommandFailure(1, `Cannot write ${file}: ${why}`, { cause });
  }
  const told = json === true ? stderr : stdout;
  told.write(`\n${text}\nWritten to ${file}. With it: typhon --config.file ${name}\n`);
}
