/** typhon as it is installed from its package: `main.js`, and the other parts in files beside it. */
import type { CommandContext } from './command.js';
import { installationIn } from './installation.js';
import { startCommandLine } from './start.js';

export interface Installed extends Pick<CommandContext, 'version' | 'environment'> {
  /** With a slash at its end. */
  readonly folder: URL;
  /** Called once what the command line takes has been loaded. */
  readonly loaded: () => void;
}

export async function startInstalled(args: readonly string[], { folder, ...process }: Installed): Promise<void> {
  await startCommandLine(args, { ...process, installation: installationIn(folder) });
}
