/** Diagnostics kept on disk, for when the trouble is over and somebody asks. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeJson } from '../chronicle/atomic-file.js';
import type { StoragePaths } from '../chronicle/storage.js';
import { storageErrorOf } from '../chronicle/storage-error.js';
import { removeStaleFiles } from '../chronicle/temporary-name.js';
import type { NodeDiagnostics } from '../runner/diagnostics/diagnostics.js';
import type { NodeDiagnosticsDocument } from '../runner/diagnostics/diagnostics-schema.js';

export interface DiagnosticsCapture {
  readonly path: string;
  readonly document: NodeDiagnosticsDocument;
}

// Each may be some hundred kilobytes, and whoever captures in a loop shall not fill the disk.
const KEPT_CAPTURES = 32;

const captureName = /^\d{4}-\d{2}-\d{2}_\d{2}-\d{2}-\d{2}\.\d{3}\.json$/;

/**
 * Writes what is known now to `diagnostics/<time>.json` under the storage path, whole or not at all, and removes the
 * oldest captures beyond 32. Throws `StorageError`.
 */
export async function captureDiagnostics(
  diagnostics: Pick<NodeDiagnostics, 'snapshot'>,
  { root }: Pick<StoragePaths, 'root'>,
): Promise<DiagnosticsCapture> {
  const document = await diagnostics.snapshot();
  const folder = join(root, 'diagnostics');
  const path = join(folder, nameOf(document.generatedAt));
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw storageErrorOf(error, 'create the folder', folder);
  }
  await writeJson(path, document);
  await prune(folder);
  return { path, document };
}

function nameOf(time: string): string {
  return `${time.replace('T', '_').replaceAll(':', '-').replace('Z', '')}.json`;
}

async function prune(folder: string): Promise<void> {
  await removeStaleFiles(folder);
  const names = (await readdir(folder)).filter((name) => captureName.test(name)).sort();
  for (const name of names.slice(0, -KEPT_CAPTURES)) await rm(join(folder, name), { force: true });
}
