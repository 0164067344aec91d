import { ApiError } from './api-error.js';

/** Counts who follows logs, over HTTP and sockets together: each holds a connection for as long as a job runs. */
export class Followers {
  readonly #limit: number;
  #count = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many follow at the moment. */
  get count(): number {
    return this.#count;
  }

  /** Returns what ends the following; throws `ApiError` 503 where there are too many already. */
  enter(): () => void {
    if (this.#count >= this.#limit) throw new ApiError(503, `Too many followers: at most ${this.#limit} at once.`);
    this.#count += 1;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#count -= 1;
    };
  }
}
