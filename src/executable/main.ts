/**
 * The single program: Node.js, typhon and all that it needs in one file. What else it runs in processes of their own is
 * the same file again, told apart by its first word.
 */
import process from 'node:process';
import { assetText } from './assets.js';
import { embeddedInstallation as installation, JUDGING, RUNNER } from './embedded-installation.js';

const [first = ''] = process.argv.slice(2);
// node-llama-cpp tries a library in a process of its own before it loads it, and forks its script for that.
const libraryTest = /^(.+)[\\/](node_modules[\\/]node-llama-cpp[\\/].*testBindingBinary\.js)$/.exec(first);

async function main(): Promise<void> {
  if (first === RUNNER) return void (await import('../runner/child.js'));
  if (first === JUDGING) return void (await import('../judging/judging-child.js'));
  if (libraryTest !== null) {
    const [, folder = '', path = ''] = libraryTest;
    const { importUnpacked } = await import('./embedded-engine.js');
    return void (await importUnpacked(folder, path));
  }
  const { startCommandLine } = await import('../commands/start.js');
  const { version } = JSON.parse(assetText('package.json')) as { readonly version: string };
  await startCommandLine(process.argv.slice(2), { version, installation, environment: process.env });
}

void main();
