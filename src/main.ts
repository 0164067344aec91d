#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { startInstalled } from './commands/installed.js';
import { NEEDED_NODE, suitsNode } from './commands/node-version.js';
import { loadBundle } from './loading/bundle.js';
import { cacheFolder } from './loading/cache-folder.js';
import { startKind } from './loading/start-kind.js';

// What follows is loaded only then: an older Node.js would end in the middle of it, with a stack trace.
if (suitsNode(process.versions.node)) {
  const environment = process.env;
  const args = process.argv.slice(2);
  const folder = new URL('./', import.meta.url);
  const { version } = JSON.parse(readFileSync(new URL('../package.json', folder), 'utf8')) as {
    readonly version: string;
  };
  const kind = startKind(args);
  const bundle =
    kind === 'help'
      ? loadBundle(fileURLToPath(new URL('commands/help.cjs', folder)), { folder: undefined, kind })
      : loadBundle(fileURLToPath(new URL('commands/installed.cjs', folder)), {
          folder: cacheFolder({ environment, platform: process.platform }),
          kind,
        });
  const { startInstalled: start } = bundle.exports as { readonly startInstalled: typeof startInstalled };
  await start(args, { folder, version, environment, loaded: bundle.keep });
} else {
  process.stderr.write(
    `typhon needs Node.js ${NEEDED_NODE}; this is ${process.versions.node}, at ${process.execPath}\n`,
  );
  process.exitCode = 1;
}
