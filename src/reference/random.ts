/**
 * A small seeded generator of 32-bit words, sfc32 by Chris Doty-Humphrey (PractRand). Integer arithmetic alone, so
 * every platform produces the same words.
 */
export class RandomWords {
  #a: number;
  #b: number;
  #c = 0;
  #counter = 1;

  constructor(seed: number, stream: number) {
    this.#a = seed | 0;
    this.#b = stream | 0;
    // Close seeds give close words until the state has been mixed; PractRand's own seeding discards as many.
    const discarded = new DataView(new ArrayBuffer(15 * 4));
    this.fill(discarded, 0, discarded.byteLength, 0);
  }

  /**
   * Writes the next words, little-endian and with the bits of `setBits` set, to the bytes from `begin` up to `end`, a
   * multiple of four. The state lives in locals meanwhile: this loop is the time that a large model takes to write.
   */
  fill(view: DataView, begin: number, end: number, setBits: number): void {
    let a = this.#a;
    let b = this.#b;
    let c = this.#c;
    let counter = this.#counter;
    for (let offset = begin; offset < end; offset += 4) {
      const word = (a + b + counter) | 0;
      counter = (counter + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + word) | 0;
      view.setInt32(offset, word | setBits, true);
    }
    this.#a = a;
    this.#b = b;
    this.#c = c;
    this.#counter = counter;
  }
}
