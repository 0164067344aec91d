/** Text blocks as one gzip file, RFC 1952. */
import type { TextBlock } from './text-block.js';

// Magic number, deflate, no flags, no time, compressed fastest, of an unknown system.
const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255]);
// A last deflate block with fixed codes that holds nothing.
const lastBlock = Buffer.from([3, 0]);
const TRAILER_BYTES = 8;

/** The blocks as one gzip member (RFC 1952), made of their compressed parts where those are known. */
export async function gzipped(blocks: readonly TextBlock[]): Promise<Buffer> {
  const pieces: Buffer[] = [];
  // One after the other: a compressor takes a quarter of a megabyte, and the first scrape has dozens of blocks for it.
  for (const block of blocks) pieces.push(await block.deflated());
  const trailer = Buffer.alloc(TRAILER_BYTES);
  trailer.writeUInt32LE(blocks.reduce((checksum, block) => block.checksumAfter(checksum), 0));
  trailer.writeUInt32LE(blocks.reduce((length, block) => length + block.byteLength, 0) >>> 0, TRAILER_BYTES / 2);
  return Buffer.concat([header, ...pieces, lastBlock, trailer]);
}
