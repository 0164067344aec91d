import t from 'tap';
import { StorageError, storageErrorOf } from '../../src/chronicle/storage-error.js';
import { systemError } from '../fixtures/failing-file-system.js';

t.test("each of the system's codes has one of ours, and words that say what to do", async (t) => {
  const cases = [
    ['ENOSPC', 'disk_full', /the disk is full; free some space or choose another folder with --storage\.path/],
    ['EDQUOT', 'disk_full', /the disk is full/],
    ['EACCES', 'not_writable', /not writable; change its permissions or .* --storage\.path/],
    ['EPERM', 'not_writable', /not writable/],
    ['EROFS', 'not_writable', /not writable/],
    ['ENOTDIR', 'not_a_directory', /a file stands where a folder is expected/],
    ['EISDIR', 'not_a_directory', /a folder where a file is/],
    ['ENOENT', 'not_found', /does not exist/],
    ['EIO', 'io_error', /the disk refused it/],
  ] as const;
  for (const [systemCode, code, words] of cases) {
    const cause = systemError(systemCode);
    const error = storageErrorOf(cause, 'write', '/data/last_run.json');
    t.match(error, { name: 'StorageError', code, path: '/data/last_run.json', cause });
    t.match(error.message, /^Cannot write \/data\/last_run\.json: /);
    t.match(error.message, words);
    t.ok(error.message.endsWith(`(${systemCode}).`), error.message);
  }
});

t.test('what is no system error keeps its own words; what is one of ours passes through', async (t) => {
  t.match(storageErrorOf(new Error('odd'), 'read', '/x'), { code: 'io_error', message: /\(odd\)\.$/ });
  t.match(storageErrorOf('a word', 'read', '/x'), { code: 'io_error', message: /\(a word\)\.$/ });
  const ours = new StorageError('full', { code: 'disk_full', path: '/y' });
  t.equal(storageErrorOf(ours, 'read', '/x'), ours);
});
