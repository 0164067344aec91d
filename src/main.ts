#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import process from 'node:process';
import type { CommandContext } from './commands/command.js';
import { runCommandLine } from './commands/program.js';

const INTERRUPTED = 130;

let interruption: AbortController | undefined;

function interruptSignal(): AbortSignal {
  if (interruption !== undefined) return interruption.signal;
  const controller = new AbortController();
  interruption = controller;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      // The second one, of either kind, does not wait for anything.
      if (controller.signal.aborted) process.exit(INTERRUPTED);
      controller.abort();
    });
  }
  return controller.signal;
}

// A reader that has seen enough (`typhon run | head`) is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

// A typhon process that another one forked ends with it, however that ended.
process.once('disconnect', () => process.exit());
process.channel?.unref();

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };

const context: CommandContext = {
  version: manifest.version,
  installation: new URL('./', import.meta.url),
  environment: process.env,
  directory: process.cwd(),
  platform: process.platform,
  root: '/',
  stdout: process.stdout,
  stderr: process.stderr,
  now: () => new Date(),
  interruptSignal,
};

process.exitCode = await runCommandLine(process.argv.slice(2), context);
