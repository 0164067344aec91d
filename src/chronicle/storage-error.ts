import { ExpectedError } from '../shared/expected-error.js';
import { systemCodeOf } from './file-system.js';

/**
 * `disk_full`: no room or quota left. `not_writable`: refused by permissions or a read-only mount.
 * `not_a_directory`: a file stands where a folder is needed, or the other way round. `not_found`: no such record.
 * `not_a_file`: something that is no regular file stands where one is needed.
 * `corrupt`: a record that cannot be read as what it should be. `io_error`: anything else the disk answered.
 */
export type StorageErrorCode =
  | 'disk_full'
  | 'not_writable'
  | 'not_a_directory'
  | 'not_a_file'
  | 'not_found'
  | 'corrupt'
  | 'io_error';

export class StorageError extends ExpectedError {
  override readonly name = 'StorageError';
  readonly code: StorageErrorCode;
  readonly path: string;

  constructor(message: string, options: ErrorOptions & { readonly code: StorageErrorCode; readonly path: string }) {
    super(message, options);
    this.code = options.code;
    this.path = options.path;
  }
}

const codes: Readonly<Record<string, StorageErrorCode>> = {
  ENOSPC: 'disk_full',
  EDQUOT: 'disk_full',
  EACCES: 'not_writable',
  EPERM: 'not_writable',
  EROFS: 'not_writable',
  ENOTDIR: 'not_a_directory',
  EISDIR: 'not_a_directory',
  EEXIST: 'not_a_directory',
  ENOENT: 'not_found',
};

const reasons: Readonly<Record<StorageErrorCode, string>> = {
  disk_full: 'the disk is full; free some space or choose another folder with --storage.path',
  not_writable: 'it is not writable; change its permissions or choose another folder with --storage.path',
  not_a_directory:
    'a file stands where a folder is expected, or a folder where a file is; choose another --storage.path',
  not_a_file: 'it is no regular file',
  not_found: 'it does not exist',
  corrupt: 'its content is not what typhon writes',
  io_error: 'the disk refused it',
};

/** Turns a failed file operation into one that says what was tried and what to do; passes a `StorageError` on. */
export function storageErrorOf(error: unknown, attempt: string, path: string): StorageError {
  if (error instanceof StorageError) return error;
  const systemCode = systemCodeOf(error);
  const code = (systemCode === undefined ? undefined : codes[systemCode]) ?? 'io_error';
  const words = systemCode ?? (error instanceof Error ? error.message : String(error));
  return new StorageError(`Cannot ${attempt} ${path}: ${reasons[code]} (${words}).`, { code, path, cause: error });
}
