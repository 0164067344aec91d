/** Runs the command line of this process: everything that belongs to the process and to no command. */
import { hostname, userInfo } from 'node:os';
import process from 'node:process';
import type { CommandContext } from './command.js';
import { outputOn } from './output/stream-output.js';
import { runCommandLine } from './program.js';
import { endingSignals } from './signals.js';

const INTERRUPTED = 130;

let interruption: AbortController | undefined;

function interruptSignal(): AbortSignal {
  if (interruption !== undefined) return interruption.signal;
  const controller = new AbortController();
  interruption = controller;
  for (const name of endingSignals(process.platform)) {
    process.on(name, () => {
      // The second one, of either kind, does not wait for anything.
      if (controller.signal.aborted) process.exit(INTERRUPTED);
      controller.abort();
    });
  }
  return controller.signal;
}

function ownerNames(): string[] {
  const host = hostname();
  const names = [host, host.split('.')[0] ?? ''];
  try {
    return [...names, userInfo().username];
  } catch {
    // A user without an entry, as in many containers, has no name.
    return names;
  }
}

/** Sets the process's exit code when the command has ended. */
export async function startCommandLine(
  args: readonly string[],
  {
    version,
    installation,
    environment,
    loaded,
  }: Pick<CommandContext, 'version' | 'installation' | 'environment' | 'loaded'>,
): Promise<void> {
  // A reader that has seen enough (`typhon run | head`) is no error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });

  // A typhon process that another one forked ends with it, however that ended.
  process.once('disconnect', () => process.exit());
  process.channel?.unref();

  process.exitCode = await runCommandLine(args, {
    version,
    installation,
    environment,
    directory: process.cwd(),
    platform: process.platform,
    root: '/',
    stdout: outputOn(process.stdout),
    stderr: outputOn(process.stderr),
    now: () => new Date(),
    owner: ownerNames,
    interruptSignal,
    loaded,
  });
  // Not what ended early, over a word that is no command's for one.
  if (process.exitCode === 0) loaded?.();
}
