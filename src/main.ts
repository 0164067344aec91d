#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { NEEDED_NODE, suitsNode } from './commands/node-version.js';

// What follows is loaded only then: an older Node.js would end in the middle of it, with a stack trace.
if (suitsNode(process.versions.node)) {
  const { installationIn } = await import('./commands/installation.js');
  const { startCommandLine } = await import('./commands/start.js');
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    readonly version: string;
  };
  const installation = installationIn(new URL('./', import.meta.url));
  await startCommandLine(process.argv.slice(2), { version, installation, environment: process.env });
} else {
  process.stderr.write(
    `typhon needs Node.js ${NEEDED_NODE}; this is ${process.versions.node}, at ${process.execPath}\n`,
  );
  process.exitCode = 1;
}
