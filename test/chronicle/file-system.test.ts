import t from 'tap';
import { patientRename } from '../../src/chronicle/file-system.js';

function failing(codes: string[]) {
  const asked: string[] = [];
  const rename = async (from: unknown, to: unknown) => {
    asked.push(`${from} → ${to}`);
    const code = codes.shift();
    if (code !== undefined) throw Object.assign(new Error(code), { code });
  };
  return { rename, asked };
}

t.test('a file that is in use for a moment is replaced all the same', async (t) => {
  const { rename, asked } = failing(['EPERM', 'EBUSY', 'EACCES']);
  const waits: number[] = [];
  await patientRename(rename, async (ms) => waits.push(ms))('a.tmp', 'a');
  t.same(asked, Array(4).fill('a.tmp → a'));
  t.same(waits, [10, 20, 50]);
});

t.test('one that stays in use, or another fault, is told', async (t) => {
  const forEver = failing(Array(100).fill('EPERM'));
  await t.rejects(patientRename(forEver.rename, async () => undefined)('a.tmp', 'a'), { code: 'EPERM' });
  t.equal(forEver.asked.length, 8);
  const full = failing(['ENOSPC']);
  await t.rejects(patientRename(full.rename, async () => undefined)('a.tmp', 'a'), { code: 'ENOSPC' });
  t.equal(full.asked.length, 1);
});
