/** The reference model on disk: written once into a cache folder, checked before every use. */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../logger.js';
import { ReferenceFailure } from './failure.js';
import { MODEL_VERSION, modelId, modelSizes, type ReferenceSize } from './model-size.js';
import { modelBytes } from './weights.js';

export interface ModelFileRequest {
  readonly size: ReferenceSize;
  /** Folder of the file, made when missing. */
  readonly cacheDir: string;
  readonly logger: Logger;
  readonly signal?: AbortSignal | undefined;
}

export interface ModelFile {
  readonly path: string;
  /** Hexadecimal SHA-256 of the whole file. */
  readonly sha256: string;
}

/**
 * Makes sure that the model of this size lies in the cache folder with exactly the bytes it must have, writing it
 * (again) where it does not. The file appears under its name only when it is whole and checked.
 *
 * @throws {ReferenceFailure} `model_unwritable` when the file system refuses, `model_mismatch` when what was generated
 *   is not the model. Rejects with the signal's reason when aborted.
 */
export async function ensureReferenceModel(request: ModelFileRequest): Promise<ModelFile> {
  const { size, cacheDir, logger, signal } = request;
  const path = join(cacheDir, `${modelId(size)}-v${MODEL_VERSION}.gguf`);
  const expected = modelSizes[size];
  try {
    const found = await fileState(path, expected, signal);
    if (found === 'intact') return { path, sha256: expected.sha256 };
    if (found === 'damaged') logger.warn({ path }, 'the reference model on disk is damaged: writing it again');
    await mkdir(cacheDir, { recursive: true });
    const began = performance.now();
    await writeModel(path, size, signal);
    const ms = Math.round(performance.now() - began);
    logger.info({ path, bytes: expected.fileBytes, duration_ms: ms }, 'reference model written');
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof ReferenceFailure) throw error;
    throw new ReferenceFailure('model_unwritable', `could not write the reference model ${path}`, { cause: error });
  }
  return { path, sha256: expected.sha256 };
}

type FileState = 'missing' | 'damaged' | 'intact';

async function fileState(
  path: string,
  expected: { readonly fileBytes: number; readonly sha256: string },
  signal: AbortSignal | undefined,
): Promise<FileState> {
  const found = await stat(path).catch(missingIsUndefined);
  if (found === undefined) return 'missing';
  // The length is compared first: a torn file of many gigabytes need not be read to be known as torn.
  if (found.size !== expected.fileBytes) return 'damaged';
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20, signal })) hash.update(chunk);
  return hash.digest('hex') === expected.sha256 ? 'intact' : 'damaged';
}

function missingIsUndefined(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}

async function writeModel(path: string, size: ReferenceSize, signal: AbortSignal | undefined): Promise<void> {
  // Two processes may write at once: each has its own file, and whoever renames last renames the same bytes.
  const unfinished = `${path}.${process.pid}.unfinished`;
  try {
    const hash = createHash('sha256');
    await writeUnfinished(unfinished, size, hash, signal);
    const sha256 = hash.digest('hex');
    const expected = modelSizes[size].sha256;
    if (sha256 !== expected) {
      const message = `the generated ${modelId(size)} is not the model: expected SHA-256 ${expected}, got ${sha256}`;
      throw new ReferenceFailure('model_mismatch', message);
    }
    await rename(unfinished, path);
  } finally {
    await rm(unfinished, { force: true });
  }
}

async function writeUnfinished(
  path: string,
  size: ReferenceSize,
  hash: Hash,
  signal: AbortSignal | undefined,
): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (const bytes of modelBytes(size)) {
      signal?.throwIfAborted();
      hash.update(bytes);
      await file.writeFile(bytes);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}
