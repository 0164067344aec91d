/** The file operations that the record is made of, so that a test can let any of them fail. */
import * as nodeFileSystem from 'node:fs/promises';

export type FileSystem = Pick<
  typeof nodeFileSystem,
  'access' | 'mkdir' | 'open' | 'readdir' | 'readFile' | 'rename' | 'rm' | 'stat' | 'statfs'
>;

export const diskFileSystem: FileSystem = nodeFileSystem;

/** The system's error code (`ENOSPC`, `ENOENT`, …) of a failed file operation. */
export function systemCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
