/** What the single program carries besides its code, by name; `tools/build-executable.mjs` puts it there. */
import { getAsset, getRawAsset } from 'node:sea';

export function assetText(name: string): string {
  return getAsset(name, 'utf8');
}

/** A view of the program's own memory: not to be written to. `undefined` where there is no such asset. */
export function assetBytes(name: string): Uint8Array | undefined {
  try {
    return new Uint8Array(getRawAsset(name) as ArrayBuffer);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SINGLE_EXECUTABLE_APPLICATION_ASSET_NOT_FOUND') return undefined;
    throw error;
  }
}
