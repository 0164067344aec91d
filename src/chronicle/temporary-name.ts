/**
 * Names under which files are written before they take their final place. They tell who writes them, so that what a
 * crashed process left can be told from what a live one is writing.
 */
import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { isRunning } from '../shared/running-process.js';
import { diskFileSystem, type FileSystem, systemCodeOf } from './file-system.js';

// In a container every start has the same process id: the token tells this process from its predecessor.
const token = randomBytes(4).toString('hex');
let count = 0;

const pattern = /^\.tmp-(\d+)-([0-9a-f]{8})-\d+-/;

/** A name in the folder of `path` that no other writer uses. */
export function temporaryNameFor(path: string): string {
  count += 1;
  return join(dirname(path), `.tmp-${process.pid}-${token}-${count}-${basename(path)}`);
}

function isStale(name: string): boolean {
  const match = pattern.exec(name);
  if (match === null) return false;
  const pid = Number(match[1]);
  return pid === process.pid ? match[2] !== token : !isRunning(pid);
}

/** Removes what writers that died left in `folder`; returns the paths. A missing folder has nothing to remove. */
export async function removeStaleFiles(folder: string, fs: FileSystem = diskFileSystem): Promise<string[]> {
  const names = await fs.readdir(folder).catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return [];
    throw error;
  });
  const stale = names.filter(isStale).map((name) => join(folder, name));
  for (const path of stale) await fs.rm(path, { recursive: true, force: true });
  return stale;
}
