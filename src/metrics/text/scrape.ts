/** What one scrape answers, as text or compressed, made when it is asked for. */
import { gzipped } from './gzip.js';
import type { TextBlock } from './text-block.js';

export class Scrape {
  readonly contentType: string;
  readonly #blocks: readonly TextBlock[];
  #gzipped: Promise<Buffer> | undefined;

  constructor(contentType: string, blocks: readonly TextBlock[]) {
    this.contentType = contentType;
    this.#blocks = blocks;
  }

  get body(): string {
    return this.#blocks.map(({ text }) => text).join('');
  }

  /** Compressed once for all who share the scrape. */
  gzipped(): Promise<Buffer> {
    this.#gzipped ??= gzipped(this.#blocks);
    return this.#gzipped;
  }
}
