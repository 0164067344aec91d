import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import t from 'tap';
import { diskFileSystem } from '../../src/chronicle/file-system.js';
import { checkStorage, clearStaleFiles, storagePaths } from '../../src/chronicle/storage.js';
import { failingFileSystem, systemError } from '../fixtures/failing-file-system.js';
import { onSmallDisk } from '../fixtures/small-disk.js';

t.test('the layout is the one of the contract, as absolute paths', async (t) => {
  const root = resolve('data');
  t.same(storagePaths('data'), {
    root,
    hardwareProfile: join(root, 'hardware_profile.json'),
    machineId: join(root, 'machine_id'),
    installationId: join(root, 'installation_id'),
    lastRun: join(root, 'last_run.json'),
    chronicle: join(root, 'chronicle.jsonl'),
    runs: join(root, 'runs'),
    logs: join(root, 'logs'),
    jobs: join(root, 'logs', 'jobs'),
    checkpoints: join(root, 'checkpoints'),
    pausedSchedules: join(root, 'paused_schedules.json'),
    scheduleSlots: join(root, 'schedule_slots.json'),
    notifications: join(root, 'notifications'),
    trendBook: join(root, 'trends.json'),
    modelIndex: join(root, 'models.json'),
    runHeadlines: join(root, 'headlines.jsonl'),
    modelLoads: join(root, 'model_loads.json'),
    baselineResets: join(root, 'baseline_resets.jsonl'),
    agentLock: join(root, 'agent.lock'),
  });
});

t.test('a good path gets its folders and nothing else', async (t) => {
  const paths = storagePaths(join(t.testdir(), 'a', 'b'));
  await checkStorage(paths);
  t.same((await readdir(paths.root, { recursive: true })).sort(), ['logs', 'logs/jobs', 'runs']);
  await writeFile(paths.chronicle, 'row\n');
  await writeFile(paths.lastRun, '{}\n');
  await checkStorage(paths);
  t.equal(await readFile(paths.chronicle, 'utf8'), 'row\n');
  t.equal(await readFile(paths.lastRun, 'utf8'), '{}\n');
});

t.test('too little room is found before anything is run, with the figures', async (t) => {
  const paths = storagePaths(t.testdir());
  const { bavail, bsize } = await diskFileSystem.statfs(paths.root);
  const needed = (bavail + 2 ** 20) * bsize;
  const checking = checkStorage(paths, { minFreeBytes: needed });
  await t.rejects(checking, { name: 'StorageError', code: 'disk_full', path: paths.root });
  await t.rejects(checking, /has \d+\.\d MiB left, \d+\.\d MiB are needed: .*--storage\.path/);
});

t.test('a path where a file stands, above it or in it, is named', async (t) => {
  const root = t.testdir({ file: '', data: { logs: 'a file' }, other: { 'chronicle.jsonl': {}, 'last_run.json': '' } });
  await t.rejects(checkStorage(storagePaths(join(root, 'file', 'data'))), { code: 'not_a_directory' });
  await t.rejects(checkStorage(storagePaths(join(root, 'file'))), { code: 'not_a_directory' });
  await t.rejects(checkStorage(storagePaths(join(root, 'data'))), {
    code: 'not_a_directory',
    path: join(root, 'data', 'logs'),
  });
  await t.rejects(checkStorage(storagePaths(join(root, 'other'))), {
    code: 'not_a_directory',
    path: join(root, 'other', 'chronicle.jsonl'),
  });
});

t.test('a file system that has room but takes nothing, as with a used-up quota', async (t) => {
  const paths = storagePaths(t.testdir());
  const fs = failingFileSystem((operation) => (operation === 'writeFile' ? systemError('EDQUOT') : undefined));
  await t.rejects(checkStorage(paths, {}, fs), { code: 'disk_full', message: /EDQUOT/ });
  t.same((await readdir(paths.root, { recursive: true })).sort(), ['logs', 'logs/jobs', 'runs']);
});

t.test('a chronicle that may not be written is found', async (t) => {
  const paths = storagePaths(t.testdir({ 'chronicle.jsonl': '' }));
  const fs = failingFileSystem((operation, path) =>
    operation === 'open' && path === paths.chronicle ? systemError('EACCES') : undefined,
  );
  await t.rejects(checkStorage(paths, {}, fs), { code: 'not_writable', path: paths.chronicle });
});

t.test('a real disk that is full, and one that is mounted read-only', async (t) => {
  const folder = join(t.testdir({ disk: {} }), 'disk');
  const paths = storagePaths(join(folder, 'data'));
  const refused = await onSmallDisk(folder, 256, async (disk) => {
    await t.rejects(checkStorage(paths), { code: 'disk_full', message: /has 0\.\d MiB left, 16\.0 MiB are needed/ });
    await checkStorage(paths, { minFreeBytes: 0 });
    disk.remountReadOnly();
    const readOnly = { code: 'not_writable', cause: { code: 'EROFS' } };
    await t.rejects(checkStorage(paths, { minFreeBytes: 0 }), readOnly);
    await t.rejects(checkStorage(storagePaths(join(folder, 'new', 'data')), { minFreeBytes: 0 }), readOnly);
  });
  if (refused !== undefined) t.pass('not mounted', { skip: refused });
});

t.test('a folder without the permission to write', async (t) => {
  if (process.getuid?.() === 0) {
    // Permissions do not bind root; the kernel's own folders refuse it too.
    const checking = checkStorage(storagePaths('/proc/typhon/data'));
    await t.rejects(checking, { name: 'StorageError', message: /^Cannot create the folder \/proc\/typhon/ });
    return;
  }
  const folder = join(t.testdir({ locked: {} }), 'locked');
  await chmod(folder, 0o555);
  const checking = checkStorage(storagePaths(folder)).finally(() => chmod(folder, 0o755));
  await t.rejects(checking, { code: 'not_writable' });
});

t.test('what a crash left in any of the folders is removed at the start', async (t) => {
  const paths = storagePaths(t.testdir());
  await checkStorage(paths);
  const left = `.tmp-${process.pid}-00000000-1-x`;
  for (const folder of [paths.root, paths.runs, paths.jobs]) await writeFile(join(folder, left), '');
  await mkdir(join(paths.runs, `${left}-run`));
  await writeFile(paths.lastRun, '{}');
  t.equal((await clearStaleFiles(paths)).length, 4);
  t.same((await readdir(paths.root, { recursive: true })).sort(), ['last_run.json', 'logs', 'logs/jobs', 'runs']);
  t.same(await clearStaleFiles(storagePaths(join(paths.root, 'none'))), []);
  await t.rejects(clearStaleFiles(storagePaths(paths.lastRun)), { code: 'not_a_directory' });
  t.ok((await stat(paths.lastRun)).isFile());
});
