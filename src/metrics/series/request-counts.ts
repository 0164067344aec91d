/** What a series' requests came to since the agent started. */
import type { RequestError } from '../../benchmark/client/failure.js';
import type { RequestResult, TestResult } from '../../benchmark/result.js';

export class RequestCounts {
  /** Requests sent, warm-ups included. */
  requests = 0;
  /** Of successful requests, without warm-ups: what the decode speed is taken over. */
  promptTokens = 0;
  completionTokens = 0;
  decodeSeconds = 0;
  /** Only those that occurred: most never do, and each is a series. */
  readonly failures = new Map<RequestError, number>();

  add(test: Pick<TestResult, 'category' | 'warmup_run' | 'runs'>): void {
    if (test.warmup_run !== null) this.#count(test.warmup_run);
    for (const run of test.runs) {
      this.#count(run);
      // A canary's tokens were made at a speed that nobody measured.
      if (!run.success || test.category === 'canary') continue;
      this.promptTokens += run.prompt_tokens ?? 0;
      this.completionTokens += run.completion_tokens;
      this.decodeSeconds += run.decode_s ?? 0;
    }
  }

  /** A test that was not begun because its server could not be used: as if its first request had failed so. */
  addUnbegun(error: RequestError): void {
    this.requests += 1;
    this.#fail(error);
  }

  #count(run: RequestResult): void {
    this.requests += 1;
    if (!run.success) this.#fail(run.error);
  }

  #fail(error: RequestError): void {
    this.failures.set(error, (this.failures.get(error) ?? 0) + 1);
  }
}
