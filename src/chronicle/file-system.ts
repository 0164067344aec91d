/** The file operations that the record is made of, so that a test can let any of them fail. */
import * as nodeFileSystem from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

export type FileSystem = Pick<
  typeof nodeFileSystem,
  'access' | 'mkdir' | 'open' | 'readdir' | 'readFile' | 'rename' | 'rm' | 'stat' | 'statfs'
>;

export const diskFileSystem: FileSystem =
  process.platform === 'win32' ? { ...nodeFileSystem, rename: patientRename(nodeFileSystem.rename) } : nodeFileSystem;

// Together less than two seconds: a virus scanner or an indexer has a new file open for a moment.
const RENAME_WAITS_MS = [10, 20, 50, 100, 200, 500, 1000];

const IN_USE: ReadonlySet<string | undefined> = new Set(['EPERM', 'EACCES', 'EBUSY']);

/** For Windows, where a file cannot be replaced while another process has it open: tried again for a while. */
export function patientRename(
  rename: FileSystem['rename'],
  pause: (ms: number) => Promise<unknown> = delay,
): FileSystem['rename'] {
  return async (from, to) => {
    for (const waitMs of RENAME_WAITS_MS) {
      try {
        return await rename(from, to);
      } catch (error) {
        if (!IN_USE.has(systemCodeOf(error))) throw error;
      }
      await pause(waitMs);
    }
    return rename(from, to);
  };
}

/** The system's error code (`ENOSPC`, `ENOENT`, …) of a failed file operation. */
export function systemCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
