/** How typhon starts where it is installed from its package: with no more of it than the command line asks for. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { startInstalled } from '../commands/installed.js';
import { NEEDED_NODE, suitsNode } from '../commands/node-version.js';
import { startKind } from './start-kind.js';

/** Commands with a bundle of their own. */
const alone = new Set(['report', 'run']);

async function start(): Promise<void> {
  const environment = process.env;
  const args = process.argv.slice(2);
  const folder = new URL('../', import.meta.url);
  const { version } = JSON.parse(readFileSync(new URL('../package.json', folder), 'utf8')) as {
    readonly version: string;
  };
  const { exports, keep } = await loaded(startKind(args), fileURLToPath(new URL('commands/', folder)));
  const { startInstalled: run } = exports as { readonly startInstalled: typeof startInstalled };
  await run(args, { folder, version, environment, loaded: keep });
}

async function loaded(kind: string, folder: string) {
  if (kind === 'help') {
    // Keeping what is compiled of so little saves nothing.
    return { exports: createRequire(import.meta.url)(join(folder, 'help.cjs')) as unknown, keep: () => undefined };
  }
  const { loadBundle } = await import('./bundle.js');
  const { cacheFolder } = await import('./cache-folder.js');
  return loadBundle(join(folder, `${alone.has(kind) ? kind : 'installed'}.cjs`), {
    folder: cacheFolder({ environment: process.env, platform: process.platform }),
    kind,
  });
}

// What follows is loaded only then: an older Node.js would end in the middle of it, with a stack trace.
if (suitsNode(process.versions.node)) {
  void start();
} else {
  process.stderr.write(
    `typhon needs Node.js ${NEEDED_NODE}; this is ${process.versions.node}, at ${process.execPath}\n`,
  );
  process.exitCode = 1;
}
