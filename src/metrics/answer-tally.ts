/** Counts the answers that the agent gave over HTTP. */

export interface AnswerCount {
  /** Of the endpoint, with its parameters in braces; `other` where there is none. */
  readonly path: string;
  readonly code: number;
  count: number;
}

export class AnswerTally {
  readonly #counts = new Map<string, AnswerCount>();

  readonly onAnswer = (path: string, code: number): void => {
    const key = `${code} ${path}`;
    const known = this.#counts.get(key);
    if (known === undefined) this.#counts.set(key, { path, code, count: 1 });
    else known.count += 1;
  };

  /** Since the agent started; what never happened is not among them. */
  counts(): Iterable<AnswerCount> {
    return this.#counts.values();
  }
}
