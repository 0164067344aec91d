/**
 * llama.cpp and its bindings from inside of the program. The system loads libraries from files alone, so they are
 * unpacked once, beside the reference model, under a name that changes with them.
 */
import { access, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { removeStaleFiles, temporaryNameFor } from '../chronicle/temporary-name.js';
import type { EngineModule } from '../reference/engine-module.js';
import { ReferenceFailure } from '../reference/failure.js';
import { unpack } from './archive.js';

export interface EmbeddedEngine {
  /** Of the archive's bytes, in hexadecimal. */
  readonly digest: string;
  readonly archive: () => Uint8Array;
}

const PREFIX = 'engine-';
const IMPORTER = 'import.cjs';

/** Imports a module of the folder that was unpacked. What is inside of the program cannot: a file there does it. */
export function importUnpacked(folder: string, path: string): Promise<unknown> {
  const importing: (url: string) => Promise<unknown> = createRequire(join(folder, IMPORTER))(`./${IMPORTER}`);
  return importing(pathToFileURL(join(folder, path)).href);
}

/** @throws {ReferenceFailure} `engine_missing` where the program was built without it or cannot write it down. */
export async function importEmbeddedEngine(engine: EmbeddedEngine | undefined, folder: string): Promise<EngineModule> {
  if (engine === undefined) {
    const message =
      'the reference model is served by llama.cpp, which this program was built without: use the npm package or the image';
    throw new ReferenceFailure('engine_missing', message);
  }
  const place = join(folder, `${PREFIX}${engine.digest}`);
  try {
    await unpackOnce(engine, folder, place);
  } catch (error) {
    throw new ReferenceFailure('engine_missing', `llama.cpp could not be unpacked to ${place}`, { cause: error });
  }
  return (await importUnpacked(place, 'node_modules/node-llama-cpp/dist/index.js')) as EngineModule;
}

async function unpackOnce({ archive }: EmbeddedEngine, folder: string, place: string): Promise<void> {
  if (await exists(place)) return;
  await mkdir(folder, { recursive: true });
  await removeStaleFiles(folder);
  const staging = temporaryNameFor(place);
  try {
    await unpack(archive(), staging);
    await rename(staging, place);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    // Another process was faster; what it has written is the same.
    if (!(await exists(place))) throw error;
  }
  const others = (await readdir(folder)).filter((name) => name.startsWith(PREFIX) && join(folder, name) !== place);
  // Of other versions. One that still runs has loaded all that it needs.
  for (const name of others) await rm(join(folder, name), { recursive: true, force: true });
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
