/** A piece of `/metrics`. One that stays the same from scrape to scrape is compressed once. */
import { promisify } from 'node:util';
import { constants, crc32, deflateRaw } from 'node:zlib';

const compressed = promisify(deflateRaw);
// The fastest level: the text repeats itself so much that more effort saves little. A full flush ends the piece at a
// byte and lets nothing after it point back, so that pieces can be put together in any order.
const options = { level: constants.Z_BEST_SPEED, finishFlush: constants.Z_FULL_FLUSH };

export class TextBlock {
  readonly text: string;
  readonly byteLength: number;
  #deflated: Promise<Buffer> | undefined;
  #checksum: { readonly before: number; readonly after: number } | undefined;

  constructor(text: string) {
    this.text = text;
    this.byteLength = Buffer.byteLength(text);
  }

  /** Blocks of a deflate stream (RFC 1951), none of them its last. */
  deflated(): Promise<Buffer> {
    this.#deflated ??= compressed(this.text, options);
    return this.#deflated;
  }

  /** The CRC-32 of all that came before it, which is `before`, and of this. */
  checksumAfter(before: number): number {
    if (this.#checksum?.before !== before) this.#checksum = { before, after: crc32(Buffer.from(this.text), before) };
    return this.#checksum.after;
  }
}
