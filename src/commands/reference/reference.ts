import nodeConsole from 'node:console';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Device, type DeviceChoice, deviceChoices } from '../../reference/device.js';
import { type ReferenceSize, referenceSizes } from '../../reference/model-size.js';
import { type CommandContext, type CommandDefinition, CommandFailure } from '../command.js';
import { configFor, loggerFor } from '../global-options.js';

/** Where the reference model's files are kept below the storage path. */
export function referenceModelFolder(storagePath: string): string {
  return join(storagePath, 'reference');
}

const HOST = '127.0.0.1';
const DEFAULT_PORT = 8099;
const HIGHEST_PORT = 65_535;

interface ReferenceOptions {
  readonly port: number;
  readonly size: ReferenceSize;
  readonly device: DeviceChoice;
}

export const reference = {
  name: 'reference',
  register(program: Command, context: CommandContext): void {
    program
      .command('reference')
      .description('serve the reference model on an OpenAI-compatible port until Ctrl-C')
      .addOption(
        new Option('--port <port>', 'port on 127.0.0.1; 0 takes any free one').default(DEFAULT_PORT).argParser(portOf),
      )
      .addOption(
        new Option('--size <size>', 'tiny suits any CPU, the larger ones a GPU')
          .choices(referenceSizes)
          .default('tiny' satisfies ReferenceSize),
      )
      .addOption(
        new Option(
          '--device <device>',
          'where it computes; auto: the CPU for tiny, and for the others the GPU if there is one',
        )
          .choices(deviceChoices)
          .default('auto' satisfies DeviceChoice),
      )
      .addHelpText('after', '\nExample:\n  typhon reference --port 8099 --size tiny\n')
      .action((options: ReferenceOptions, command: Command) => serve(options, command, context));
  },
} as const satisfies CommandDefinition;

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= HIGHEST_PORT) return port;
  throw new InvalidArgumentError(`Expected a port from 0 to ${HIGHEST_PORT}.`);
}

function placeOf(device: Device): string {
  return device === 'cpu' ? 'the CPU' : `the GPU (${device})`;
}

async function serve(
  { port, size, device }: ReferenceOptions,
  command: Command,
  context: CommandContext,
): Promise<void> {
  const loaded = await configFor(command, context);
  const logger = await loggerFor(loaded, context);
  // Standard output is for typhon's own words: those of the libraries below go where the log goes.
  nodeConsole.log = nodeConsole.error;
  const { startReferenceServer } = await import('../../reference/server.js');
  const { ReferenceFailure } = await import('../../reference/failure.js');
  const signal = context.interruptSignal();
  const cacheDir = referenceModelFolder(resolve(context.directory, loaded.config.storage.path));
  const { version, now } = context;
  const importPackage = () => context.installation.importEngine(cacheDir);
  const options = { size, device, cacheDir, host: HOST, port, version, now, logger, signal, importPackage };
  const server = await startReferenceServer(options).catch(async (error: unknown) => {
    if (signal.aborted) throw new CommandFailure(130, '', { cause: error });
    if (!(error instanceof ReferenceFailure) || error.code !== 'port_in_use') throw error;
    const { portInUseMessage } = await import('../port-in-use.js');
    const taken = { host: HOST, port, flag: '--port' };
    throw new CommandFailure(1, await portInUseMessage(taken, signal), { cause: error });
  });
  const contextLength = server.contextLength.toLocaleString('en-US');
  context.stdout.write(
    `${server.model} with ${contextLength} tokens of context on ${placeOf(server.device)} at ${server.url}, until Ctrl-C\n`,
  );
  if (!signal.aborted) await once(signal, 'abort');
  await server.close();
}
