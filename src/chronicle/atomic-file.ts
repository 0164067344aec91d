/**
 * Files that are there whole or not at all: written beside their place, fsynced, renamed, and the folder fsynced.
 *
 * Not by write-file-atomic: version 7 makes one `write` call and does not look at how much of it was written, so a
 * disk that fills up in the middle gives a cut-off file that replaces the good one without an error.
 */
import { dirname } from 'node:path';
import { diskFileSystem, type FileSystem } from './file-system.js';
import { storageErrorOf } from './storage-error.js';
import { temporaryNameFor } from './temporary-name.js';

/** Content that is safely on disk under another name. One of the two must be called. */
export interface StagedFile {
  /** Puts it in place of whatever stood at its path. */
  commit(): Promise<void>;
  discard(): Promise<void>;
}

/** JSON as people and programs read it: indented, with a newline at the end. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Writes and fsyncs a new file at `path`; on failure nothing stays of it. */
export async function writeNewFile(path: string, content: string | Uint8Array, fs: FileSystem): Promise<void> {
  const file = await fs.open(path, 'wx');
  try {
    // FileHandle.writeFile goes on after a short write until all is written or an error says why not.
    await file.writeFile(content);
    await file.sync();
  } catch (error) {
    await file.close();
    await fs.rm(path, { force: true });
    throw error;
  }
  await file.close();
}

/**
 * Makes the names in `folder` durable, where the system can: Windows and some network file systems cannot fsync a
 * folder. Never fails: the content is on disk already and its name is in place, so there is nothing to take back.
 */
export async function syncFolder(folder: string, fs: FileSystem): Promise<void> {
  const handle = await fs.open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/** Takes all the room that `path` will need; throws `StorageError`, then nothing is left behind. */
export async function stageFile(
  path: string,
  content: string | Uint8Array,
  fs: FileSystem = diskFileSystem,
): Promise<StagedFile> {
  const temporary = temporaryNameFor(path);
  try {
    await writeNewFile(temporary, content, fs);
  } catch (error) {
    throw storageErrorOf(error, 'write', path);
  }
  const discard = () => fs.rm(temporary, { force: true });
  return {
    discard,
    async commit() {
      try {
        await fs.rename(temporary, path);
      } catch (error) {
        await discard();
        throw storageErrorOf(error, 'replace', path);
      }
      await syncFolder(dirname(path), fs);
    },
  };
}

/** Replaces `path` by `value` as JSON; throws `StorageError`, then the old file stands as it was. */
export async function writeJson(path: string, value: unknown, fs: FileSystem = diskFileSystem): Promise<void> {
  const staged = await stageFile(path, jsonText(value), fs);
  await staged.commit();
}
