import { brotliCompressSync, constants } from 'node:zlib';

/**
 * As `src/executable/archive.ts` reads it.
 *
 * @param {ReadonlyMap<string, Uint8Array>} files
 * @param {{ quick?: boolean }} [options] `quick`: a fifth larger, in a tenth of the time
 */
export function archiveOf(files, { quick = false } = {}) {
  const list = Buffer.from(JSON.stringify([...files].map(([path, { length }]) => ({ path, bytes: length }))));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(list.length);
  const content = Buffer.concat([length, list, ...files.values()]);
  const params = {
    // A step above it takes ten times as long and saves a tenth.
    [constants.BROTLI_PARAM_QUALITY]: quick ? 5 : 9,
    [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
    [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
  };
  return brotliCompressSync(content, { params });
}
