/** An hour at 5 readings a second, longer than any test. */
export const LONGEST_TEST_SAMPLES = 18_000;

/** The newest samples of one device, oldest overwritten first. */
export class SampleRing<T extends { readonly atMs: number }> {
  readonly #capacity: number;
  readonly #samples: T[] = [];
  /** Place of the oldest sample once the ring is full. */
  #start = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  push(sample: T): void {
    if (this.#samples.length < this.#capacity) {
      this.#samples.push(sample);
      return;
    }
    this.#samples[this.#start] = sample;
    this.#start = (this.#start + 1) % this.#capacity;
  }

  get newest(): T | undefined {
    return this.#samples.at(this.#start - 1);
  }

  /** Samples stamped from `startMs` to `endMs`, both included, oldest first. */
  between(startMs: number, endMs: number): readonly T[] {
    const ordered = [...this.#samples.slice(this.#start), ...this.#samples.slice(0, this.#start)];
    return ordered.filter(({ atMs }) => atMs >= startMs && atMs <= endMs);
  }
}
