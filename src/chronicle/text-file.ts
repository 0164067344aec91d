import { readFile } from 'node:fs/promises';
import { systemCodeOf } from './file-system.js';
import { storageErrorOf } from './storage-error.js';

/** The whole text of a file; `undefined` where there is none. Throws `StorageError`. */
export async function readTextFile(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw storageErrorOf(error, 'read', path);
  }
}
