import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import t from 'tap';
import type { ReferenceFailure } from '../../src/reference/failure.js';
import { ensureReferenceModel, type ModelFile } from '../../src/reference/model-file.js';
import { modelSizes } from '../../src/reference/model-size.js';

type LogLine = Readonly<Record<string, unknown>>;

function ensureTiny(cacheDir: string): Promise<{ file: ModelFile; lines: LogLine[] }> {
  const lines: LogLine[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  return ensureReferenceModel({ size: 'tiny', cacheDir, logger }).then((file) => ({ file, lines }));
}

const sha256 = async (path: string) =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

t.test('writes the model into a folder that it makes, byte for byte the same every time', async (t) => {
  const dir = t.testdir();
  const { file: one } = await ensureTiny(join(dir, 'one', 'deep'));
  const { file: other } = await ensureTiny(join(dir, 'other'));
  t.ok((await readFile(one.path)).equals(await readFile(other.path)));
  t.equal(await sha256(one.path), modelSizes.tiny.sha256);
  t.equal(one.sha256, modelSizes.tiny.sha256);
  t.same(await readdir(join(dir, 'other')), ['typhon-reference-tiny-v1.gguf'], 'nothing unfinished stays');
});

t.test('leaves an intact file alone', async (t) => {
  const { file } = await ensureTiny(t.testdir());
  const { lines } = await ensureTiny(join(file.path, '..'));
  t.same(lines, []);
});

t.test('rewrites a damaged file and says so', async (t) => {
  const damages: Readonly<Record<string, (path: string) => Promise<void>>> = {
    'a flipped byte': async (path) => {
      const bytes = await readFile(path);
      bytes.writeUInt8(bytes.readUInt8(1_000_000) ^ 1, 1_000_000);
      await writeFile(path, bytes);
    },
    'a torn file': (path) => truncate(path, 1_000_000),
    'an empty file': (path) => truncate(path, 0),
  };
  for (const [name, damage] of Object.entries(damages)) {
    const { file } = await ensureTiny(t.testdir());
    await damage(file.path);
    const { lines } = await ensureTiny(join(file.path, '..'));
    t.equal(await sha256(file.path), modelSizes.tiny.sha256, name);
    t.match(lines[0], { level: 40, msg: /damaged/, path: file.path }, name);
  }
});

t.test('names the file that cannot be written', async (t) => {
  const dir = t.testdir({ cache: 'a file where the folder should be' });
  const failed = ensureTiny(join(dir, 'cache'));
  await t.rejects(failed, {
    name: 'ReferenceFailure',
    code: 'model_unwritable',
    message: /cache\/typhon-reference-tiny/,
  });
  await failed.catch((error: ReferenceFailure) => t.ok(error.cause instanceof Error));
});

t.test('names the file that cannot be read', async (t) => {
  const dir = t.testdir();
  await mkdir(join(dir, 'typhon-reference-tiny-v1.gguf'));
  await t.rejects(ensureTiny(dir), { code: 'model_unwritable' });
});

t.test('an abort ends it with its reason and leaves nothing behind', async (t) => {
  const dir = t.testdir();
  const reason = new Error('enough');
  const logger = pino({ level: 'silent' });
  const request = { size: 'tiny', cacheDir: dir, logger, signal: AbortSignal.abort(reason) } as const;
  await t.rejects(ensureReferenceModel(request), reason);
  t.same(await readdir(dir), []);
});
