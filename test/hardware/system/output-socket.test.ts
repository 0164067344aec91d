import { once } from 'node:events';
import { mkdirSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import t, { type Test } from 'tap';
import { type OutputSocket, openOutputSocket } from '../../../src/hardware/system/output-socket.js';
import { eventually } from '../../fixtures/eventually.js';

interface Opened extends OutputSocket {
  readonly pieces: string[];
}

async function open(t: Test, bytes: number): Promise<Opened> {
  const buffer = Buffer.alloc(bytes);
  const pieces: string[] = [];
  const socket = await openOutputSocket({
    buffer: () => buffer,
    filled: (count) => {
      pieces.push(buffer.toString('utf8', 0, count));
    },
  });
  if (socket === undefined) throw new Error('expected a socket');
  t.teardown(() => {
    socket.near.destroy();
    socket.far.destroy();
  });
  return { ...socket, pieces };
}

const posix = { skip: process.platform === 'win32' ? 'Windows programs write to a pipe' : false };

t.test('what is written at the far end arrives in the memory that was offered', posix, async (t) => {
  const { far, pieces } = await open(t, 100);
  far.write('a line\n');
  await eventually(() => pieces.length > 0);
  t.same(pieces, ['a line\n']);
});

t.test('more than the memory holds comes in several pieces', posix, async (t) => {
  const { far, pieces } = await open(t, 4);
  far.write('0123456789');
  await eventually(() => pieces.join('').length === 10);
  t.same(pieces, ['0123', '4567', '89']);
});

t.test('the near end closes when the far one is gone', posix, async (t) => {
  const { far, near } = await open(t, 100);
  far.destroy();
  await t.resolves(once(near, 'close'));
});

t.test('on Windows there is none', async (t) => {
  const reader = { buffer: () => Buffer.alloc(1), filled: () => undefined };
  const socket = await openOutputSocket(reader, 'win32');
  t.equal(socket, undefined);
});

t.test('without a folder for it there is none', posix, async (t) => {
  const before = process.env['TMPDIR'];
  t.teardown(() => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  });
  process.env['TMPDIR'] = `${t.testdir({})}/missing`;
  t.equal(await openOutputSocket({ buffer: () => Buffer.alloc(1), filled: () => undefined }), undefined);
});

t.test('in a temporary folder with too long a path there is no socket, nor anything left of one', posix, async (t) => {
  const folder = join(t.testdir({}), 'x'.repeat(120));
  mkdirSync(folder);
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = folder;
  t.teardown(() => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  });
  t.equal(
    await openOutputSocket({ buffer: () => Buffer.alloc(1), filled: () => t.fail('nothing was written') }),
    undefined,
  );
  t.same(readdirSync(folder), []);
  t.same(readdirSync(t.testdirName), [basename(folder)]);
});
