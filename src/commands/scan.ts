import type { Command } from 'commander';
import { type CommandContext, type CommandDefinition, CommandFailure } from './command.js';
import { configFor, storageFor } from './global-options.js';

export const scan = {
  name: 'scan',
  register(program: Command, context: CommandContext): void {
    program
      .command('scan')
      .description('show the hardware and the LLM servers, and write them to hardware_profile.json')
      .option('--json', 'print what is written, as JSON')
      .addHelpText('after', '\nExamples:\n  typhon scan\n  typhon scan --json | jq .servers\n')
      .action((options: { readonly json?: true }, command: Command) => look(options, command, context));
  },
} as const satisfies CommandDefinition;

async function look({ json }: { readonly json?: true }, command: Command, context: CommandContext): Promise<void> {
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
  if (json === true) {
    context.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    return;
  }
  const { scanReport } = await import('./output/scan-report.js');
  context.stdout.write(`${scanReport(document, survey)}\n\nWritten to ${paths.hardwareProfile}\n`);
}
