/** Where the tests of one runner stand. A skipped test is neither waiting nor completed: it never began. */

export class RunnerTasks {
  readonly #jobId: string;
  #pending: readonly string[];
  #active: string | undefined;
  #completed = 0;
  #cancelled: readonly string[] = [];

  constructor(jobId: string, testIds: readonly string[]) {
    this.#jobId = jobId;
    this.#pending = testIds.map((testId) => this.idOf(testId));
  }

  /** A test's id is the same in every job; a task's is not. */
  idOf(testId: string): string {
    return `${this.#jobId}:${testId}`;
  }

  get pending(): readonly string[] {
    return this.#pending;
  }

  get active(): string | undefined {
    return this.#active;
  }

  get completed(): number {
    return this.#completed;
  }

  get cancelled(): readonly string[] {
    return this.#cancelled;
  }

  start(testId: string): void {
    this.skip(testId);
    this.#active = this.idOf(testId);
  }

  finish(): void {
    this.#active = undefined;
    this.#completed += 1;
  }

  skip(testId: string): void {
    const id = this.idOf(testId);
    this.#pending = this.#pending.filter((pending) => pending !== id);
  }

  /** What waits will never begin; what is in progress is until the runner is gone. */
  cancelPending(): void {
    this.#cancelled = [...this.#cancelled, ...this.#pending];
    this.#pending = [];
  }

  /** The runner is gone: nothing waits and nothing is in progress any more. */
  close(wasCancelled: boolean): void {
    if (wasCancelled) {
      this.cancelPending();
      if (this.#active !== undefined) this.#cancelled = [this.#active, ...this.#cancelled];
    }
    this.#pending = [];
    this.#active = undefined;
  }
}
