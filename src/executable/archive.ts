/**
 * Files in one piece: the length of a list, the list, and the files' bytes in its order, all compressed with Brotli.
 * Written when the single program is built, and read by it.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import * as z from 'zod';

const listSchema = z.array(z.object({ path: z.string(), bytes: z.int().nonnegative() }));

const LENGTH_BYTES = 4;

/** Writes every file below a folder. Rejects with the system's error where one cannot be written. */
export async function unpack(archive: Uint8Array, folder: string): Promise<void> {
  const content = await promisify(brotliDecompress)(archive);
  const listEnd = LENGTH_BYTES + content.readUInt32LE(0);
  const list = listSchema.parse(JSON.parse(content.toString('utf8', LENGTH_BYTES, listEnd)));
  let at = listEnd;
  for (const { path, bytes } of list) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, content.subarray(at, at + bytes));
    at += bytes;
  }
}
