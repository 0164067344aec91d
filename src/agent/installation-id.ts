import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { stageFile } from '../chronicle/atomic-file.js';

const ID_BYTES = 16;
const idPattern = /^[0-9a-f]{32}$/;

/**
 * 32 hex digits that tell what is kept in one storage path from what is kept in any other, also on the same machine:
 * random, written to `file` once. Never rejects: one that cannot be kept lasts as long as its process.
 */
export async function installationId(file: string, random: (bytes: number) => Buffer = randomBytes): Promise<string> {
  const kept = (await readFile(file, 'utf8').catch(() => '')).trim();
  if (idPattern.test(kept)) return kept;
  const id = random(ID_BYTES).toString('hex');
  try {
    const staged = await stageFile(file, `${id}\n`);
    await staged.commit();
  } catch {
    // Whoever asks again then takes it for another installation, which costs the page what it remembers and no more.
  }
  return id;
}
